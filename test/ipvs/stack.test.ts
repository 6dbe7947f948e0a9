import { expect, test } from 'vitest';
import { Ipvs, IpvsError } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

const calls: readonly ((ipvs: Ipvs) => Promise<unknown>)[] = [
  (ipvs) => ipvs.addService({ ...web, scheduler: 'nosuch' }),
  (ipvs) => ipvs.updateService(web),
  (ipvs) => ipvs.patchService(web, { scheduler: 'rr' }),
  (ipvs) => ipvs.removeService(web),
  (ipvs) => ipvs.destinations(web),
  (ipvs) => ipvs.addDestination(web, server),
  (ipvs) => ipvs.patchDestination(web, server, { weight: 1 }),
  (ipvs) => ipvs.stopDaemon('master'),
];

test.each(calls)("a refusal's stack shows who called: %s", async (call) => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  async function addWebService() {
    await call(ipvs);
  }
  async function main() {
    await Promise.all([addWebService()]);
  }
  const error: unknown = await main().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(IpvsError);
  const { stack = '', message } = error as IpvsError;
  expect(stack.split('\n')[0]).toBe(`IpvsError: ${message}`);
  // The test runner prints some frames without their `async`.
  expect(stack).toMatch(/at (async )?addWebService .*\n.*at async Promise.all \(index 0\)\n.*at (async )?main /);
});
