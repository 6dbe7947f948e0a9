import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { InputError, Ipvs, IpvsError, KernelError, TransportError, WireError } from '../../src/ipvs/index.ts';
import { SystemError } from '../../src/netlink/index.ts';
import { RulesError } from '../../src/rules/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const refused = new KernelError({ errno: 3, request: 'IPVS_CMD_DEL_SERVICE' });

test('a kernel without IPVS says what to do', async () => {
  const error = await Ipvs.open({ kernel: new FakeKernel({ family: false }) }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransportError);
  expect(error).toMatchObject({
    code: 'ERR_NETLINK_NO_FAMILY',
    message:
      'This kernel has no IPVS and could not load its module: run `modprobe ip_vs` as root, on the host when this is a container',
    cause: { code: 'ENOENT' },
  });
});

describe('errors are printed without empty fields', () => {
  test.each<[string, Error, shown: string[]]>([
    ['KernelError', refused, ["code: 'ESRCH'", 'errno: 3', "request: 'IPVS_CMD_DEL_SERVICE'"]],
    ['IpvsError', new IpvsError(refused, 'remove it'), ["code: 'ESRCH'", "reason: 'no-such-service'"]],
    ['TransportError', new TransportError('ERR_NETLINK_CLOSED', 'closed'), ["code: 'ERR_NETLINK_CLOSED'"]],
    ['InputError', new InputError('must be odd', 2, 'service.port'), ["code: 'ERR_INPUT'", "path: 'service.port'"]],
    ['WireError', new WireError('is missing', 'service'), ["code: 'ERR_NETLINK_WIRE'", "path: 'service'"]],
    ['SystemError', new SystemError('open', '/x', 2), ["code: 'ENOENT'", "syscall: 'open'"]],
  ])('%s', (name, error, shown) => {
    const text = inspect(error);
    expect(text).not.toContain('undefined');
    expect(text.startsWith(`${name}: `)).toBe(true);
    for (const field of shown) expect(text).toContain(field);
  });

  test('what there is stays', () => {
    const detailed = new KernelError({ errno: 22, request: 'X', detail: 'words', path: 'service.port' });
    expect(detailed).toMatchObject({ detail: 'words', path: 'service.port' });
    expect(refused.detail).toBeUndefined();
    expect(new IpvsError(detailed, 'x')).toMatchObject({ detail: 'words', path: 'service.port' });
    const failed = new TransportError('ERR_NETLINK_SYSTEM', 'x', { syscall: 'bind', errno: 1, cause: refused });
    expect(failed).toMatchObject({ syscall: 'bind', errno: 1, cause: refused });
    expect('cause' in new TransportError('ERR_NETLINK_SYSTEM', 'x')).toBe(false);
  });
});

test('docs/errors.md lists every code', () => {
  const root = new URL('../../', import.meta.url);
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
  const codes = files
    // The command throws no errors of the library's own, but looks at those of Node.
    .filter((file) => file.endsWith('.ts') && !file.startsWith('cli/'))
    .flatMap((file) => [...readFileSync(new URL(`src/${file}`, root), 'utf8').matchAll(/'(ERR_[A-Z_]+)'/g)])
    .map(([, code]) => code as string);
  const listed = [...readFileSync(new URL('docs/errors.md', root), 'utf8').matchAll(/^\| `(ERR_[A-Z_]+)`/gm)];
  expect(listed.map(([, code]) => code).sort()).toEqual([...new Set(codes)].sort());
  expect(new RulesError('is odd', 1, '', { option: '', word: 0 }).code).toBe('ERR_RULES');
});
