// A program of somebody who has installed the package: it must compile against its types and run on its code.
import { Ipvs, IpvsError, type Service, type ServiceSpec } from 'ipvs';
import { required, table, u32 } from 'ipvs/netlink';
import { formatRules, parseRules, type Rule } from 'ipvs/rules';
import { FakeKernel } from 'ipvs/testing';

const spec: ServiceSpec = { protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'rr' };
const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
await ipvs.addService(spec);

const services: Service[] = await ipvs.services();
const names: string[] = services.map((service) => ('fwmark' in service ? `${service.fwmark}` : service.address));
if (names.join() !== '192.0.2.10') throw new Error(`the service is not listed, but ${names}`);

const error: unknown = await ipvs.removeService({ fwmark: 3 }).catch((reason: unknown) => reason);
if (!(error instanceof IpvsError) || error.reason !== 'no-such-service') throw error;

const rules: Rule[] = parseRules('-A -f 7 -s rr # a firewall mark');
if (rules[0]?.type !== 'addService') throw new Error(`the rule was read as ${rules[0]?.type}`);
if (formatRules([]) !== '') throw new Error('an empty table has rules');

const rows: number = table('mine', { first: required(1, u32) }).rows.first.number;
await ipvs.close();
console.log(`The package compiles and runs where it is installed (${rows} row).`);
