import { expect, test } from 'vitest';
import { type DestinationKey, Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const webInFull = { ...web, address: '2001:0DB8:0:0:0:0:0:10' };
const server = { address: '2001:db8::20', port: 80 };
const serverInFull = { ...server, address: '2001:db8:0:0:0:0:0:20' };

async function open() {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await Promise.all([ipvs.addService(web), ipvs.addDestination(web, server)]);
  return { kernel, ipvs };
}

test('a patch that fails lets the next one have its turn', async () => {
  const { kernel, ipvs } = await open();
  kernel.refuse('ENOMEM', { command: 'IPVS_CMD_SET_DEST', times: 1 });
  const outcomes = await Promise.allSettled([
    ipvs.patchDestination(web, server, { weight: 1, upperThreshold: 1 }),
    ipvs.patchDestination(web, server, { weight: -1 }),
    ipvs.patchDestination(web, server, { weight: 3 }),
    ipvs.patchDestination(web, { ...server, port: 81 }, { weight: 4 }),
    ipvs.patchDestination(web, server, { upperThreshold: 5 }),
  ]);
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([false, false, true, false, true]);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 3, upperThreshold: 5 }]);
});

test('an entry is the same however its address is written', async () => {
  const { ipvs } = await open();
  await Promise.all([
    ipvs.patchDestination(web, server, { weight: 3 }),
    ipvs.patchDestination(webInFull, serverInFull, { upperThreshold: 5 }),
    ipvs.patchService(web, { scheduler: 'rr' }),
    ipvs.patchService(webInFull, { persistence: { timeout: 9 } }),
  ]);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 3, upperThreshold: 5 }]);
  expect(await ipvs.service(web)).toMatchObject({ scheduler: 'rr', persistence: { timeout: 9 } });
});

test('a key that is changed while its patch waits for its turn still names the same entry', async () => {
  const { ipvs } = await open();
  const key = { ...web };
  const patches = [
    ipvs.patchDestination(key, server, { weight: 3 }),
    ipvs.patchDestination(key, server, { weight: 4 }),
  ];
  Object.assign(key, { port: 81 });
  await Promise.all(patches);
  expect(await ipvs.destinations(web)).toMatchObject([{ weight: 4 }]);
});

test('patches of one service made at once share a read, and are written in the order of the calls', async () => {
  const { kernel, ipvs } = await open();
  const others = [1, 2, 3].map((i) => ({ address: `2001:db8::2${i}`, port: 80 }));
  await Promise.all(others.map((each) => ipvs.addDestination(web, each)));
  const before = kernel.requests.length;
  await Promise.all([server, ...others].map((each, i) => ipvs.patchDestination(web, each, { weight: i + 5 })));
  expect(kernel.requests.slice(before)).toMatchObject([
    { command: 'IPVS_CMD_GET_DEST', dump: true },
    ...[server, ...others].map(({ address }, i) => ({
      command: 'IPVS_CMD_SET_DEST',
      fields: { destination: { address, weight: i + 5 } },
    })),
  ]);
});

test.each([0, 3])(
  'a patch does not share a read that was answered before it was made, of %i destinations',
  async (count) => {
    const { kernel, ipvs } = await open();
    await using other = await Ipvs.open({ kernel });
    await ipvs.removeDestination(web, server);
    for (let port = 100; port < 100 + count; port++) await ipvs.addDestination(web, { ...server, port });
    const [first, second] = await Promise.allSettled([
      ipvs.patchDestination(web, { ...server, port: 100 }, { weight: 5 }),
      other.addDestination(web, server).then(() => ipvs.patchDestination(web, server, { weight: 7 })),
    ]);
    expect([first, second].map(({ status }) => status)).toEqual([count ? 'fulfilled' : 'rejected', 'fulfilled']);
    await Promise.all([
      ipvs.patchDestination(web, server, { weight: 8 }),
      other
        .updateDestination(web, { ...server, port: 100, weight: 9 })
        .then(() => ipvs.patchDestination(web, { ...server, port: 100 }, { upperThreshold: 99 }))
        .catch((error) => expect([count, error]).toMatchObject([0, { reason: 'no-such-destination' }])),
    ]);
    expect(await ipvs.destination(web, { ...server, port: 100 })).toEqual(
      count ? expect.objectContaining({ weight: 9, upperThreshold: 99 }) : undefined,
    );
  },
);

test('each of the patches that share a read fails for itself', async () => {
  const { ipvs } = await open();
  const [second, third, absent] = [1, 2, 3].map((i) => ({ address: `2001:db8::2${i}`, port: 80 })) as [
    DestinationKey,
    DestinationKey,
    DestinationKey,
  ];
  await Promise.all([second, third].map((each) => ipvs.addDestination(web, { ...each, upperThreshold: 5 })));
  const controller = new AbortController();
  const outcomes = [
    ipvs.patchDestination(web, server, { weight: 3 }),
    ipvs.patchDestination(web, second, { lowerThreshold: 6 }),
    ipvs.patchDestination(web, third, { weight: 3 }, { signal: controller.signal }),
    ipvs.patchDestination(web, absent, { weight: 3 }),
  ];
  controller.abort(new Error('enough'));
  expect(await Promise.allSettled(outcomes)).toMatchObject([
    { status: 'fulfilled' },
    { reason: { code: 'ERR_INPUT', path: 'destination.lowerThreshold', value: 6 } },
    { reason: { message: 'enough' } },
    { reason: { reason: 'no-such-destination', message: expect.stringContaining('[2001:db8::23]:80') } },
  ]);
  const weights = (await ipvs.destinations(web)).map(({ address, weight }) => [address, weight]);
  expect(weights).toEqual([
    ['2001:db8::22', 1],
    ['2001:db8::21', 1],
    ['2001:db8::20', 3],
  ]);
});

test('when the read that patches share is refused, each is told of its own destination', async () => {
  const { kernel, ipvs } = await open();
  kernel.refuse('ENOMEM', { command: 'IPVS_CMD_GET_DEST', times: 1 });
  const other = { ...server, port: 81 };
  const patches = [server, other].map((each) => ipvs.patchDestination(web, each, { weight: 3 }));
  expect(await Promise.allSettled(patches)).toMatchObject([
    { reason: { code: 'ENOMEM', message: expect.stringContaining('patch destination [2001:db8::20]:80 of') } },
    { reason: { code: 'ENOMEM', message: expect.stringContaining('patch destination [2001:db8::20]:81 of') } },
  ]);
});
