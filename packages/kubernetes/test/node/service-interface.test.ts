import { Rtnetlink } from 'ipvs/rtnetlink';
import { FakeKernel } from 'ipvs/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServiceInterface } from '../../src/node/service-interface.ts';

let rtnetlink: Rtnetlink;
let link: ServiceInterface;

beforeEach(async () => {
  rtnetlink = await Rtnetlink.open({ kernel: new FakeKernel() });
  link = new ServiceInterface(rtnetlink, 'ipvs-services');
});
afterEach(() => rtnetlink.close());

test('the link is made when it is needed, and stays down', async () => {
  expect(await rtnetlink.link('ipvs-services')).toBeUndefined();
  expect(await link.list()).toEqual([]);
  const made = await rtnetlink.link('ipvs-services');
  expect(made?.flags).toMatchObject({ NOARP: true });
  expect(made?.flags).not.toHaveProperty('UP');
});

test('a link that is no dummy is refused', async () => {
  await expect(new ServiceInterface(rtnetlink, 'lo').check()).rejects.toThrow(
    "link must be the name of a dummy link, or of none, got 'lo'",
  );
  await link.check();
  await link.list();
  await link.check();
});

test('addresses of both families are bound and taken away, as often as one likes', async () => {
  const addresses = ['10.96.0.10', '2001:db8::10'];
  for (let i = 0; i < 2; i++) expect(await link.bind(addresses)).toEqual(new Map());
  expect([...(await link.list())].sort()).toEqual(addresses);
  expect(await link.others()).not.toContain('10.96.0.10');
  for (let i = 0; i < 2; i++) expect(await link.unbind(['10.96.0.10'])).toEqual(new Map());
  expect(await link.list()).toEqual(['2001:db8::10']);
  await link.remove();
  await link.remove();
  expect(await link.others()).not.toContain('2001:db8::10');
});

test('addresses of IPv6 are deprecated, so that they are no sources', async () => {
  await link.bind(['2001:db8::10', '10.96.0.10']);
  const flags = (await rtnetlink.addresses()).flatMap((each) =>
    each.address === '2001:db8::10' || each.address === '10.96.0.10' ? [[each.address, each.flags]] : [],
  );
  expect(Object.fromEntries(flags)).toEqual({
    '10.96.0.10': { PERMANENT: true },
    '2001:db8::10': { NODAD: true, DEPRECATED: true, PERMANENT: true },
  });
});

test('what kube-proxy has bound is no address of the node, unless another link has it too', async () => {
  const addTo = async (name: string, ...addresses: string[]) => {
    await rtnetlink.addLink({ name, kind: 'dummy' });
    const index = (await rtnetlink.link(name))?.index as number;
    for (const address of addresses) await rtnetlink.addAddress({ index, address });
  };
  await addTo('kube-ipvs0', '10.96.0.1', '192.0.2.11', '2001:db8::77');
  await addTo('eth9', '192.0.2.11');
  const others = await link.others();
  expect(others).toContain('192.0.2.11');
  expect(others).not.toContain('10.96.0.1');
  expect(others).not.toContain('2001:db8::77');
});

test('an address that the kernel refuses is named with the reason, and the others are bound', async () => {
  const refused = await link.bind(['10.96.0.10', 'ff0e::1', '10.96.0.11']);
  expect([...refused.keys()]).toEqual(['ff0e::1']);
  expect(await link.list()).toEqual(['10.96.0.10', '10.96.0.11']);
});

test('what is no address of a Service is left alone', async () => {
  await link.list();
  const index = (await rtnetlink.link('ipvs-services'))?.index as number;
  await rtnetlink.addAddress({ index, address: '192.0.2.1', prefixLength: 24 });
  await rtnetlink.addAddress({ index, address: 'fe80::1', prefixLength: 64 });
  expect(await link.list()).toEqual([]);
});

test('ten thousand addresses', async () => {
  const addresses = Array.from({ length: 10_000 }, (_, i) => `10.96.${i >> 8}.${i & 255}`);
  expect(await link.bind(addresses)).toEqual(new Map());
  expect(new Set(await link.list())).toEqual(new Set(addresses));
  expect(await link.unbind(addresses)).toEqual(new Map());
  expect(await link.list()).toEqual([]);
});
