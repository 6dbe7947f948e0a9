import { service } from '../../src/ipvs/wire/tables.ts';
import { eachAttribute } from '../../src/netlink/codec/compiled-reader.ts';
import { formatBytes, type ReadBuffer, readBuffer } from '../../src/netlink/index.ts';

const HEADERS = 20;
const NLMSG_ERROR = 2;
const GENL_ID_CTRL = 16;
const NLM_F_MULTI = 2;
const NEW_SERVICE = 1;
const NEW_DEST = 5;
const CTRL_ATTR_FAMILY_ID = 1;
const { statistics32, statistics } = service.rows;

/**
 * The messages of some datagrams as text, without what is by nature different on two kernels: port ids, the number of
 * the family, and statistics. A listing of services comes sorted, whatever its chunks
 * and without the repetitions that changes meanwhile lead to; otherwise the datagrams show.
 */
export function comparable(datagrams: readonly Uint8Array[], family: number, littleEndian?: boolean): string[] {
  const services: string[] = [];
  const others: string[] = [];
  for (const datagram of datagrams) {
    const before = others.length;
    for (const message of messages(datagram, littleEndian)) {
      const text = `${formatBytes(neutral(message, family).bytes)}`;
      (isListedService(message, family) ? services : others).push(text);
    }
    if (others.length > before) others.push('end of datagram');
  }
  return [...new Set(services.sort()), ...others];
}

/** A request with another number of the family. */
export function readdress(datagram: Uint8Array, from: number, to: number, littleEndian?: boolean): Uint8Array {
  const copy = Uint8Array.from(datagram);
  for (const message of messages(copy, littleEndian))
    if (message.view.getUint16(4, message.littleEndian) === from) message.view.setUint16(4, to, message.littleEndian);
  return copy;
}

/** The number of the family in a reply to GETFAMILY; undefined in anything else. */
export function familyIn(datagram: Uint8Array, littleEndian?: boolean): number | undefined {
  let id: number | undefined;
  for (const message of messages(datagram, littleEndian))
    if (message.view.getUint16(4, message.littleEndian) === GENL_ID_CTRL)
      eachAttribute(message, HEADERS, message.bytes.length - HEADERS, (type, at) => {
        if (type === CTRL_ATTR_FAMILY_ID) id = message.view.getUint16(at, message.littleEndian);
      });
  return id;
}

/** The messages of a datagram, by default in this machine's byte order. */
export function messages(datagram: Uint8Array, littleEndian?: boolean): ReadBuffer[] {
  const whole = readBuffer(datagram, littleEndian);
  const found: ReadBuffer[] = [];
  for (let at = 0; at + 16 <= datagram.length; ) {
    const length = Math.max(whole.view.getUint32(at, whole.littleEndian), 16);
    found.push(readBuffer(datagram.subarray(at, at + length), littleEndian));
    at += (length + 3) & ~3;
  }
  return found;
}

function isListedService({ view, littleEndian }: ReadBuffer, family: number): boolean {
  const listed = (view.getUint16(6, littleEndian) & NLM_F_MULTI) !== 0 && view.byteLength > HEADERS;
  return listed && view.getUint16(4, littleEndian) === family && view.getUint8(16) === NEW_SERVICE;
}

function neutral(message: ReadBuffer, family: number): ReadBuffer {
  const { bytes, view, littleEndian } = readBuffer(Uint8Array.from(message.bytes), message.littleEndian);
  const type = view.getUint16(4, littleEndian);
  const setType = (at: number) => {
    if (view.getUint16(at, littleEndian) === family) view.setUint16(at, 0, littleEndian);
  };
  view.setUint32(12, 0);
  setType(4);
  if (type === NLMSG_ERROR) setType(HEADERS + 4);
  if (type === GENL_ID_CTRL || type === family)
    eachAttribute({ bytes, view, littleEndian }, HEADERS, bytes.length - HEADERS, (attribute, at, size) => {
      if (type === GENL_ID_CTRL && attribute === CTRL_ATTR_FAMILY_ID) setType(at);
      const command = view.getUint8(16);
      if (type === family && (command === NEW_SERVICE || command === NEW_DEST))
        eachAttribute({ bytes, view, littleEndian }, at, size, (inner, start, length) => {
          if (inner === statistics32.number || inner === statistics.number) bytes.fill(0, start, start + length);
        });
    });
  return { bytes, view, littleEndian };
}
