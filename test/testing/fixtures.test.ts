import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRecording } from '../../src/netlink/index.ts';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import { comparable, familyIn, readdress } from './answers.ts';
import { receiveAll, resolve } from './differential.ts';

const root = new URL('../fixtures/', import.meta.url);
const versions = readdirSync(root) as KernelVersion[];

test('there are recordings', () => {
  expect(versions).not.toEqual([]);
});

// What real kernels were asked and said: a fake of the same version must say the same, byte for byte.
describe.each(versions)('recorded on Linux %s', (version) => {
  const files = readdirSync(new URL(`${version}/`, root)).filter((file) => file.endsWith('.nl'));
  expect(files).not.toEqual([]);

  test.each(files)('%s', (file) => {
    const { exchanges } = parseRecording(readFileSync(new URL(`${version}/${file}`, root), 'utf8'));
    const recorded = exchanges.flatMap(({ replies }) => replies.flatMap((reply) => familyIn(reply) ?? []))[0] ?? 0;
    // libnl asks for no options, and gets acknowledgements with the whole request.
    const options = file === 'ipvsadm.nl' ? { capAck: false, extAck: false } : {};
    const { transport, family } = resolve(new FakeKernel({ version }).connect(options));
    for (const { request, replies } of exchanges) {
      transport.send(readdress(request, recorded, family));
      expect(comparable(receiveAll(transport), family)).toEqual(comparable(replies, recorded));
    }
  });
});
