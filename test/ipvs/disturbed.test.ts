import { describe, expect, test } from 'vitest';
import { Ipvs, type IpvsClient, UnstableError } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { type Disturbance, disturbance, disturbed } from '../support/netlink/disturbed.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const servers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ address: `10.0.${(from + i) >> 8}.${(from + i) & 255}`, port: 80 }));

/** Ours, 300 destinations, of which 91 fit a datagram; and ten of others, which are the first of a listing. */
const [ours, theirs, more] = [servers(0, 300), servers(1000, 1010), servers(2000, 2010)];
const oursIn = (listed: readonly { readonly address: string }[]) =>
  listed.map(({ address }) => address).filter((address) => ours.some((each) => each.address === address));

const addAll = (ipvs: IpvsClient, which: readonly { address: string; port: number }[]) =>
  Promise.all(which.map((each) => ipvs.addDestination(web, each)));
const removeAll = (ipvs: IpvsClient, which: readonly { address: string; port: number }[]) =>
  Promise.all(which.map((each) => ipvs.removeDestination(web, each)));

async function setUp() {
  const kernel = new FakeKernel();
  const pending: Disturbance[] = [];
  const ipvs = await Ipvs.open({ kernel: disturbed(kernel, () => pending.shift()) });
  await ipvs.addService(web);
  await addAll(ipvs, ours);
  await addAll(ipvs, theirs);
  const add = await disturbance(kernel, (other) => addAll(other, more));
  // In a rehearsal there is nothing to remove, and what is refused there is done here.
  const remove = await disturbance(kernel, (other) => Promise.all([removeAll(other, theirs)]));
  const removeMore = await disturbance(kernel, (other) => Promise.all([removeAll(other, more)]));
  return { kernel, ipvs, pending, add, remove, removeMore };
}

describe('while others change the table between two datagrams', () => {
  test('a listing shows every entry once', async () => {
    const { ipvs, pending, add, removeMore } = await setUp();
    pending.push(add);
    const listed = await ipvs.destinations(web);
    expect(listed).toHaveLength(320);
    expect(new Set(listed.map(({ address }) => address)).size).toBe(320);
    pending.push(removeMore, add, removeMore, add, removeMore, add, removeMore, add, removeMore, add, removeMore, add);
    const again = await ipvs.destinations(web);
    expect(new Set(again.map(({ address }) => address)).size).toBe(again.length);
  });

  test('a patch finds the destination that a shift left out', async () => {
    const { ipvs, pending, remove, add, removeMore } = await setUp();
    pending.push(remove, add, removeMore, add, removeMore);
    await Promise.all(ours.map((each, i) => ipvs.patchDestination(web, each, { weight: i + 2 })));
    const listed = await ipvs.destinations(web);
    expect(listed.map(({ weight }) => weight)).toEqual(ours.map((_, i) => i + 2).reverse());
  });

  test('one destination is found that a shift left out, and what is not there is not', async () => {
    const { ipvs, pending, remove } = await setUp();
    const [left = web] = ours.slice(300 - 85);
    pending.push(remove);
    expect(await ipvs.destination(web, left)).toMatchObject(left);
    expect(await ipvs.destination(web, { address: '10.9.9.9', port: 80 })).toBeUndefined();
    expect(await ipvs.destination(web, { ...left, port: 81 })).toBeUndefined();
    await expect(ipvs.destination({ ...web, port: 81 }, left)).rejects.toMatchObject({ reason: 'no-such-service' });
  });

  test('a consistent listing has all that is there all along', async () => {
    const { ipvs, pending, remove, add } = await setUp();
    pending.push(remove);
    expect(oursIn(await ipvs.destinations(web))).toHaveLength(290);
    const second = await setUp();
    second.pending.push(second.remove, second.add);
    expect(oursIn(await second.ipvs.destinations(web, { consistent: true }))).toHaveLength(300);
    pending.push(add);
    const table = await ipvs.table({ consistent: true }).next();
    expect(oursIn(table.value?.destinations ?? [])).toHaveLength(300);
  });

  test('a consistent listing of what never rests is refused', async () => {
    const { kernel, ipvs, pending, add, removeMore } = await setUp();
    for (let i = 0; i < 100; i++) pending.push(add, removeMore, add, add, removeMore);
    const error = await ipvs.destinations(web, { consistent: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnstableError);
    expect(error).toMatchObject({
      code: 'ERR_IPVS_UNSTABLE',
      readings: 10,
      message: 'Cannot list the destinations consistently: of 10 readings no two in a row were the same',
    });
    pending.length = 0;
    const before = kernel.requests.length;
    await ipvs.services({ consistent: true });
    expect(kernel.requests.length - before).toBe(1);
  });
});
