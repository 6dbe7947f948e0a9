import { describe, expect, test } from 'vitest';
import { type FeaturesOptions, Ipvs } from '../../../src/ipvs/index.ts';
import { record, replay } from '../../../src/netlink/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const all = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];

describe('features', () => {
  test.each([
    ['6.1', all],
    ['6.12.48+deb13-amd64', [...all, 'twos']],
  ])('of Linux %s', async (version, schedulers) => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ version }) });
    expect(await ipvs.features()).toEqual({
      kernelRelease: version,
      ipv6: true,
      schedulers,
      persistenceEngines: ['sip'],
    });
  });

  test('are those of the modules that are there, and of the names asked for', async () => {
    const kernel = new FakeKernel({ schedulers: ['wlc', 'mine'], engines: [] });
    const ipvs = await Ipvs.open({ kernel });
    expect(await ipvs.features()).toMatchObject({ schedulers: ['wlc'], persistenceEngines: [] });
    const asked = { schedulers: ['mine', 'rr'], persistenceEngines: ['sip', 'other'] };
    expect(await ipvs.features(asked)).toMatchObject({ schedulers: ['mine'], persistenceEngines: [] });
    expect(await ipvs.features({ schedulers: [], persistenceEngines: [] })).toMatchObject({ schedulers: [] });
  });

  test('without IPv6 say so and no more', async () => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    kernel.refuse('EAFNOSUPPORT', { command: 'NEW_SERVICE', times: 16 });
    expect(await ipvs.features()).toEqual({ kernelRelease: '6.12', ipv6: false });
  });

  test('are asked for without a change', async () => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    await ipvs.addService({ fwmark: 1 });
    const before = await ipvs.services();
    await ipvs.features();
    expect(await ipvs.services()).toEqual(before);
  });

  test('are recorded and replayed', async () => {
    const lines: string[] = [];
    const recorded = await Ipvs.open({ kernel: record(new FakeKernel(), (line) => lines.push(line)) });
    const features = await recorded.features();
    await recorded.close();
    const kernel = replay(lines.join('\n'));
    const replayed = await Ipvs.open({ kernel });
    expect(await replayed.features()).toEqual(features);
    expect(kernel.remaining).toBe(0);
  });

  test('need the privilege that a service needs', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ capable: false }) });
    await expect(ipvs.features()).rejects.toMatchObject({ name: 'IpvsError', reason: 'not-permitted' });
  });

  test.each([
    [{ scheduler: 'rr' }, 'scheduler'],
    [{ schedulers: 'rr' }, 'schedulers'],
    [{ schedulers: ['rr', ''] }, 'schedulers.1'],
    [{ persistenceEngines: ['a/b'] }, 'persistenceEngines.0'],
  ])('reject for the options %j', async (options, path) => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    await expect(ipvs.features(options as FeaturesOptions)).rejects.toMatchObject({ code: 'ERR_INPUT', path });
  });
});
