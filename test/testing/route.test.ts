import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatBytes, parseRecording, type ReadBuffer, readBuffer, type Transport } from '../../src/netlink/index.ts';
import { readHeader } from '../../src/netlink/raw/header.ts';
import { ifinfomsg, link } from '../../src/rtnetlink/wire/link.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { recordedKernels, versionOf } from '../support/fixtures.ts';
import { messages } from './answers.ts';
import { receiveAll } from './differential.ts';

const root = new URL('../fixtures/', import.meta.url);
const HEADER = 16;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const IFA_CACHEINFO = 6;
/** `lo`, `d0` and `d1`. */
const BED_LINKS = 3;

// What real kernels were asked and said: a fake of the same version must say the same, byte for byte where addresses and
// errors are, and in what the table reads of links, whose counters and settings it does not have.
describe.each(recordedKernels)('recorded on Linux %s', (recorded) => {
  const version = versionOf(recorded);
  const folder = new URL(`${recorded}/rtnetlink/`, root);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);

  test.each(files)('%s', (file) => {
    const { exchanges } = parseRecording(readFileSync(new URL(file, folder), 'utf8'));
    const transport = new FakeKernel({ version }).connect({ protocol: 'route' });
    for (const { request, replies } of exchanges)
      expect(comparable(answersTo(transport, request))).toEqual(comparable(replies));
  });
});

function answersTo(transport: Transport, request: Uint8Array): Uint8Array[] {
  transport.send(request);
  return receiveAll(transport);
}

/** The messages of some datagrams, without what is by nature different on two kernels. */
function comparable(datagrams: readonly Uint8Array[]): unknown[] {
  return datagrams.flatMap(messages).flatMap((message) => {
    const copy = readBuffer(Uint8Array.from(message.bytes));
    copy.view.setUint32(12, 0);
    const type = copy.view.getUint16(4, copy.littleEndian);
    // Those of the bed's own links were given other settings than a fake kernel's have.
    if (type === RTM_NEWADDR && copy.view.getUint32(HEADER + 4, copy.littleEndian) <= BED_LINKS) return [];
    return type === RTM_NEWLINK ? linkOf(copy) : formatBytes(type === RTM_NEWADDR ? withoutTimes(copy) : copy.bytes);
  });
}

/** What the table reads of a link, but for the address that the kernel made up. */
function linkOf(message: ReadBuffer): unknown {
  const {
    unknown: _,
    address,
    ...attributes
  } = link.read(message, HEADER + ifinfomsg.size, message.bytes.length - HEADER - ifinfomsg.size, {});
  const made = address?.startsWith('02:00:5e') ? address : address?.replaceAll(/[\da-f]/g, 'x');
  return { header: readHeader(ifinfomsg, message, HEADER), ...attributes, info: attributes.info?.kind, address: made };
}

/** An address without the times at which it was added and changed. */
function withoutTimes(message: ReadBuffer): Uint8Array {
  for (let at = HEADER + 8; at < message.bytes.length; ) {
    const size = message.view.getUint16(at, message.littleEndian);
    if (message.view.getUint16(at + 2, message.littleEndian) === IFA_CACHEINFO) message.bytes.fill(0, at + 12, at + 20);
    at += (Math.max(size, 4) + 3) & ~3;
  }
  return message.bytes;
}
