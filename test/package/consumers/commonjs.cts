// The same for somebody whose program is CommonJS: `import` becomes `require`.
import { InputError, Ipvs, type Service } from 'ipvs';
import { formatRules } from 'ipvs/rules';
import { FakeKernel } from 'ipvs/testing';

async function main(): Promise<void> {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService({ fwmark: 7, scheduler: 'wlc' });
  const services: Service[] = await ipvs.services();
  const text = formatRules(services.map((service) => ({ service, destinations: [] })));
  if (text !== '-A -f 7 -s wlc\n') throw new Error(`formatted: ${text}`);
  const error: unknown = await ipvs.addService({ fwmark: 0, scheduler: 'wlc' }).catch((reason: unknown) => reason);
  if (!(error instanceof InputError)) throw error;
  await ipvs.close();
}

main();
