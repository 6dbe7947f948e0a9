import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRecording } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { recordedKernels, versionOf } from '../support/fixtures.ts';
import { comparable, familyIn, readdress } from './answers.ts';
import { receiveAll, resolve } from './differential.ts';

const root = new URL('../fixtures/', import.meta.url);
const kernels = readdirSync(root);

test('there are recordings', () => {
  expect(kernels.sort()).toEqual([...recordedKernels].sort());
});

// What real kernels were asked and said: a fake of the same version must say the same, byte for byte.
describe.each(kernels)('recorded on Linux %s', (recorded) => {
  const version = versionOf(recorded);
  const files = readdirSync(new URL(`${recorded}/`, root)).filter((file) => file.endsWith('.nl'));
  expect(files).not.toEqual([]);

  test.each(files)('%s', (file) => {
    const { exchanges } = parseRecording(readFileSync(new URL(`${recorded}/${file}`, root), 'utf8'));
    const theirs = exchanges.flatMap(({ replies }) => replies.flatMap((reply) => familyIn(reply) ?? []))[0] ?? 0;
    // libnl asks for no options, and gets acknowledgements with the whole request.
    const options = file === 'ipvsadm.nl' ? { capAck: false, extAck: false } : {};
    const { transport, family } = resolve(new FakeKernel({ version }).connect(options));
    for (const { request, replies } of exchanges) {
      transport.send(readdress(request, theirs, family));
      expect(comparable(receiveAll(transport), family)).toEqual(comparable(replies, theirs));
    }
  });
});
