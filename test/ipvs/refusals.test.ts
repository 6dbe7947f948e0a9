import { expect, test } from 'vitest';
import { commonReasons, reasonFor, reasons } from '../../src/ipvs/errors/reasons.ts';
import { IpvsError } from '../../src/ipvs/index.ts';
import { commands } from '../../src/ipvs/wire/commands.ts';
import { errnoNumber, KernelError } from '../../src/netlink/index.ts';
import { versions } from '../bed/kernels/kernels.ts';
import { kernelRefusals } from '../contract/kernel-refusals.ts';

/** Why no test reaches a refusal on a real kernel. */
const unreached: Readonly<Record<string, string>> = {
  EOPNOTSUPP: 'every command here exists since Linux 2.6.28',
  ENOPROTOOPT: 'a service would have to be added in the moment in which the module is unloaded',
  ENOMEM: 'the kernel would have to be out of memory',
  EBUSY: 'the socket waits for the end of a listing before it asks for another',
  EAGAIN: 'batches are bounded so that every answer finds room',
  ENOBUFS: 'batches are bounded so that every answer finds room',
  ERANGE: 'the tables write every attribute in its full length',
};

const reached = new Map(kernelRefusals.map(([name, errno]) => [`${commands[name].name} ${errno}`, true]));

test('docs/refusals.md is every refusal, and where it is reached', async () => {
  const rows = Object.entries(reasons).flatMap(([command, errnos]) =>
    Object.keys(errnos).map((errno) => row(command, errno, 'every command and errno')),
  );
  const common = Object.keys(commonReasons).map((errno) =>
    row(
      'any',
      errno,
      errno === 'EPERM' ? 'can open a socket, and is refused everything else' : `not reached: ${unreached[errno]}`,
    ),
  );
  const text = `# Refusals

What a refusal by the kernel means, by command and errno: the \`reason\` and the words of an \`IpvsError\`. The last column
names the test that reaches it on real kernels (Linux ${versions.join(', ')}). Written by \`npm test -- -u\`.

| command | errno | reason | words | reached by |
|---|---|---|---|---|
${[...rows, ...common].join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../../docs/refusals.md');
});

test('every refusal of a command is reached', () => {
  for (const [command, errnos] of Object.entries(reasons))
    for (const errno of Object.keys(errnos))
      expect([command, errno, reached.get(`${command} ${errno}`)]).toEqual([command, errno, true]);
  expect(Object.keys(unreached).concat('EPERM').sort()).toEqual(Object.keys(commonReasons).sort());
});

test('an unknown refusal says so', () => {
  const refusal = new KernelError({ errno: 71, request: 'IPVS_CMD_FLUSH', detail: 'words', path: 'service.port' });
  const error = new IpvsError(refusal, 'remove all services');
  expect(error).toMatchObject({
    name: 'IpvsError',
    code: 'EPROTO',
    reason: 'other',
    detail: 'words',
    path: 'service.port',
  });
  expect(error.message).toBe('Cannot remove all services: the kernel refused (EPROTO, service.port, words)');
  expect(errnoNumber('EPROTO')).toBe(71);
});

function row(command: string, errno: string, test: string): string {
  const [reason, words] = reasonFor(command, errno);
  return `| ${command} | ${errno} | \`${reason}\` | ${words} | ${test} |`;
}
