// A program of somebody who has installed the package: it must compile against its types, on the ECMAScript library
// alone, and run on its code.
import { applyChange, Ipvs, type IpvsClient, IpvsError, type Service, type ServiceSpec } from 'ipvs';
import { required, table, u32 } from 'ipvs/netlink';
import { formatRules, parseRules, type Rule } from 'ipvs/rules';
import { FakeKernel } from 'ipvs/testing';

const spec: ServiceSpec = { protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'rr' };
await using ipvs = await Ipvs.open({ kernel: new FakeKernel() });
await ipvs.addService(spec);
await listed(ipvs, '192.0.2.10');

const error: unknown = await ipvs.removeService({ fwmark: 3 }).catch((reason: unknown) => reason);
if (!(error instanceof IpvsError) || error.reason !== 'no-such-service') throw error;

const rules: Rule[] = parseRules('-A -f 7 -s rr # a firewall mark');
for (const rule of rules) await applyChange(ipvs, rule);
await listed(ipvs, '192.0.2.10,7');

const text: string = formatRules([]);
const rows: number = table('mine', { first: required(1, u32) }).rows.first.number;
if (text !== '' || rows !== 1) throw new Error(`an empty table has the rules "${text}", and row 1 has number ${rows}`);

async function listed(client: IpvsClient, expected: string): Promise<void> {
  const services: Service[] = await client.services();
  const names = services.map((service) => ('fwmark' in service ? service.fwmark : service.address));
  if (names.join() !== expected) throw new Error(`listed: ${names}`);
}
