import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRecording } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { recordedKernels, versionOf } from '../support/fixtures.ts';
import { comparable, familyIn, readdress } from './answers.ts';
import { receiveAll, resolve } from './differential.ts';

const root = new URL('../fixtures/', import.meta.url);

// What real kernels were asked and said: a fake of the same version must say the same, byte for byte.
describe.each(recordedKernels)('recorded on Linux %s', (kernel) => {
  const files = readdirSync(new URL(`${kernel}/`, root)).filter((file) => file.endsWith('.nl'));
  expect(files).not.toEqual([]);

  test.each(files)('%s', (file) => {
    const { exchanges, littleEndian } = parseRecording(readFileSync(new URL(`${kernel}/${file}`, root), 'utf8'));
    const recorded =
      exchanges.flatMap(({ replies }) => replies.flatMap((reply) => familyIn(reply, littleEndian) ?? []))[0] ?? 0;
    // libnl asks for no options, and gets acknowledgements with the whole request.
    const options = file === 'ipvsadm.nl' ? { capAck: false, extAck: false } : {};
    const { transport, family } = resolve(
      new FakeKernel({ version: versionOf(kernel), littleEndian }).connect(options),
    );
    for (const { request, replies } of exchanges) {
      transport.send(readdress(request, recorded, family, littleEndian));
      expect(comparable(receiveAll(transport), family, littleEndian)).toEqual(
        comparable(replies, recorded, littleEndian),
      );
    }
  });
});
