import { describe, expect, test } from 'vitest';
import { InputError, Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

describe('options of open() that are none', () => {
  test.each<[options: unknown, message: string]>([
    [null, 'options must be an object, got null'],
    ['web', "options must be an object, got 'web'"],
    [[], 'options must be an object, got []'],
    [{ nets: 'web' }, "nets is unknown (did you mean netns?), got 'web'"],
    [{ kernel: {} }, 'kernel must be a Kernel, with openNetlink, readFile and writeFile, got {}'],
    [{ kernel: null }, 'kernel must be a Kernel, with openNetlink, readFile and writeFile, got null'],
    [{ netns: 5 }, 'netns must be the name or the path of a network namespace, got 5'],
    [{ netns: '' }, "netns must be the name or the path of a network namespace, got ''"],
    [{ kernel: new FakeKernel(), netns: 'web' }, "netns cannot be combined with kernel, got 'web'"],
  ])('%s', async (options, message) => {
    const error = await Ipvs.open(options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message });
  });
});

type Call = (ipvs: Ipvs, options: never) => Promise<unknown>;

describe('wrong options of every method reject, and nothing is sent', () => {
  test.each<[method: string, call: Call]>([
    ['info', (ipvs, options) => ipvs.info(options)],
    ['features', (ipvs, options) => ipvs.features(options)],
    ['timeouts', (ipvs, options) => ipvs.timeouts(options)],
    ['setTimeouts', (ipvs, options) => ipvs.setTimeouts({ tcp: 9 }, options)],
    ['services', (ipvs, options) => ipvs.services(options)],
    ['service', (ipvs, options) => ipvs.service(web, options)],
    ['addService', (ipvs, options) => ipvs.addService(web, options)],
    ['updateService', (ipvs, options) => ipvs.updateService(web, options)],
    ['patchService', (ipvs, options) => ipvs.patchService(web, {}, options)],
    ['removeService', (ipvs, options) => ipvs.removeService(web, options)],
    ['destinations', (ipvs, options) => ipvs.destinations(web, options)],
    ['destination', (ipvs, options) => ipvs.destination(web, server, options)],
    ['addDestination', (ipvs, options) => ipvs.addDestination(web, server, options)],
    ['updateDestination', (ipvs, options) => ipvs.updateDestination(web, server, options)],
    ['patchDestination', (ipvs, options) => ipvs.patchDestination(web, server, {}, options)],
    ['removeDestination', (ipvs, options) => ipvs.removeDestination(web, server, options)],
    ['flush', (ipvs, options) => ipvs.flush(options)],
    ['table', (ipvs, options) => ipvs.table(options).next()],
    ['zero', (ipvs, options) => ipvs.zero(web, options)],
    ['daemons', (ipvs, options) => ipvs.daemons(options)],
    ['startDaemon', (ipvs, options) => ipvs.startDaemon({ state: 'master', interface: 'd0' }, options)],
    ['stopDaemon', (ipvs, options) => ipvs.stopDaemon('master', options)],
  ])('%s', async (_, call) => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    const wrong: [options: unknown, message: string][] = [
      [null, 'options must be an object, got null'],
      [{ signal: 5 }, 'signal must be an AbortSignal, got 5'],
      [{ signal: null }, 'signal must be an AbortSignal, got null'],
      [{ singal: undefined }, 'singal is unknown (did you mean signal?), got undefined'],
    ];
    for (const [options, message] of wrong) {
      const error = await call(ipvs, options as never).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({ message });
    }
    expect(kernel.requests.filter(({ command }) => command.startsWith('IPVS'))).toEqual([]);
  });
});
