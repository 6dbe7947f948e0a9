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
const IFA_FLAGS = 8;
const IFA_F_TENTATIVE = 0x40;
/** `lo`, `d0` and `d1`. */
const BED_LINKS = 3;

// What real kernels were asked and said: a fake of the same version must say the same, byte for byte where addresses and
// errors are, and in what the table reads of links, whose counters and settings it does not have.
describe.each(recordedKernels)('recorded on Linux %s', (kernel) => {
  const folder = new URL(`${kernel}/rtnetlink/`, root);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);

  test.each(files)('%s', (file) => {
    const { exchanges, littleEndian } = parseRecording(readFileSync(new URL(file, folder), 'utf8'));
    const transport = new FakeKernel({ version: versionOf(kernel), littleEndian }).connect({ protocol: 'route' });
    for (const { request, replies } of exchanges)
      expect(comparable(answersTo(transport, request), littleEndian)).toEqual(comparable(replies, littleEndian));
  });
});

function answersTo(transport: Transport, request: Uint8Array): Uint8Array[] {
  transport.send(request);
  return receiveAll(transport);
}

/** The messages of some datagrams, without what is by nature different on two kernels. */
function comparable(datagrams: readonly Uint8Array[], littleEndian: boolean | undefined): unknown[] {
  const sent = datagrams.flatMap((datagram) => messages(datagram, littleEndian));
  return sent.flatMap((message) => {
    const copy = readBuffer(Uint8Array.from(message.bytes), littleEndian);
    copy.view.setUint32(12, 0);
    const type = copy.view.getUint16(4, copy.littleEndian);
    // Those of the bed's own links were given other settings than a fake kernel's have.
    if (type === RTM_NEWADDR && copy.view.getUint32(HEADER + 4, copy.littleEndian) <= BED_LINKS) return [];
    return type === RTM_NEWLINK ? linkOf(copy) : formatBytes(type === RTM_NEWADDR ? lasting(copy) : copy.bytes);
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

/**
 * An address without the times at which it was added and changed, and without IFA_F_TENTATIVE, which a worker of the kernel
 * removes when it gets its turn (net/ipv6/addrconf.c, addrconf_dad_begin).
 */
function lasting({ bytes, view, littleEndian }: ReadBuffer): Uint8Array {
  view.setUint8(HEADER + 2, view.getUint8(HEADER + 2) & ~IFA_F_TENTATIVE);
  for (let at = HEADER + 8; at < bytes.length; ) {
    const size = view.getUint16(at, littleEndian);
    const type = view.getUint16(at + 2, littleEndian);
    if (type === IFA_CACHEINFO) bytes.fill(0, at + 12, at + 20);
    if (type === IFA_FLAGS)
      view.setUint32(at + 4, view.getUint32(at + 4, littleEndian) & ~IFA_F_TENTATIVE, littleEndian);
    at += (Math.max(size, 4) + 3) & ~3;
  }
  return bytes;
}
