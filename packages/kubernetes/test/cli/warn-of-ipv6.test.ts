import { FakeKernel } from 'ipvs/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { warnOfIPv6 } from '../../src/cli/run/warn-of-ipv6.ts';
import { DesiredState } from '../../src/desired/index.ts';
import { n1 } from '../support/desired.ts';
import { node } from '../support/objects.ts';
import { withFiles } from '../support/with-files.ts';

const ipv4 = node('n1', ['192.0.2.11'], { spec: { podCIDRs: ['10.244.1.0/24'] } });

/** What is logged where these are the Nodes, one after the other. */
async function warnings(nodes: readonly ReturnType<typeof node>[], forwarding: string, podCidr?: string[]) {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line).sysctl) });
  let read = 0;
  const files = withFiles(new FakeKernel(), new Map([['/proc/sys/net/ipv6/conf/all/forwarding', forwarding]]));
  const kernel = {
    ...files,
    readFile: (path: string) => {
      read++;
      return files.readFile(path);
    },
  };
  const { changed } = warnOfIPv6(kernel, podCidr, log);
  const state = new DesiredState(n1);
  for (const each of nodes) {
    state.upsert(each);
    changed?.(state.takeChanges(), state);
  }
  await new Promise(setImmediate);
  return { lines, read };
}

test.each([
  ['an address of its own', node('n1', ['192.0.2.11', '2001:db8::11']), undefined],
  ['a network of pods', node('n1', ['192.0.2.11'], { spec: { podCIDRs: ['fd00:10:244:1::/64'] } }), undefined],
  ['a network of pods that was given', ipv4, ['fd00:10:244::/56']],
] as const)('a node with IPv6 that forwards none of it is told of, once: %s', async (_, own, podCidr) => {
  expect(await warnings([ipv4, own, own], '0\n', podCidr && [...podCidr])).toEqual({
    lines: ['net.ipv6.conf.all.forwarding'],
    read: 1,
  });
  expect((await warnings([own], '1\n', podCidr && [...podCidr])).lines).toEqual([]);
});

test('a node without IPv6 is not, whatever the addresses of its interfaces', async () => {
  expect(await warnings([ipv4], '0\n')).toEqual({ lines: [], read: 0 });
});
