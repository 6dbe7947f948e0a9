import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { command } from '../../src/ipvs/wire/tables.ts';
import { readBuffer, type Transport } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

const HEADERS = 20;
const IPVS_CMD_NEW_DEST = 5;
/** An attribute that no kernel of today has: type 100, 4 bytes. */
const novelty = { type: 100, payload: Uint8Array.from([1, 2, 3, 4]) };

/** A kernel that knows more than we do: it gives every service and every destination one more attribute. */
function newerKernel() {
  const inner = new FakeKernel().connect();
  const sent: Uint8Array[] = [];
  const transport: Transport = {
    receiveBuffer: inner.receiveBuffer,
    littleEndian: inner.littleEndian,
    send(datagram) {
      sent.push(Uint8Array.from(datagram));
      inner.send(datagram);
    },
    receive(into, options) {
      const size = inner.receive(into, options);
      const { view, littleEndian, bytes } = readBuffer(into);
      const entry = view.getUint16(4, littleEndian) > 16 && [1, IPVS_CMD_NEW_DEST].includes(bytes[16] ?? 0);
      if (!entry || view.getUint32(0, littleEndian) !== size) return size;
      bytes.set([8, 0, novelty.type, 0, ...novelty.payload], size);
      view.setUint32(0, size + 8, littleEndian);
      view.setUint16(HEADERS, view.getUint16(HEADERS, littleEndian) + 8, littleEndian);
      return size + 8;
    },
    close: () => inner.close(),
  };
  return { transport, lastRequest: () => sent.at(-1) ?? new Uint8Array() };
}

describe('an attribute of a newer kernel', () => {
  test('breaks no listing and survives a patch', async () => {
    const { transport, lastRequest } = newerKernel();
    const ipvs = await Ipvs.open({ kernel: kernelOf(transport) });
    await ipvs.addService(web);
    await ipvs.addDestination(web, server);
    expect(await ipvs.services()).toMatchObject([web]);
    expect(await ipvs.destinations(web)).toMatchObject([server]);

    await ipvs.patchService(web, { scheduler: 'rr' });
    expect(requestIn(lastRequest()).service).toMatchObject({ scheduler: 'rr', unknown: [novelty] });
    await ipvs.patchDestination(web, server, { weight: 7 });
    expect(requestIn(lastRequest()).destination).toMatchObject({ weight: 7, unknown: [novelty] });
    await ipvs.close();
  });
});

/** The attributes of the first message of a datagram. */
function requestIn(datagram: Uint8Array) {
  const from = readBuffer(datagram);
  const length = from.view.getUint32(0, from.littleEndian);
  return command.read(from, HEADERS, length - HEADERS, {});
}
