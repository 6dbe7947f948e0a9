// Makes one table, as a command does that starts, works and ends: `first SERVICES DESTINATIONS_EACH`.
import { Ipvs } from 'ipvs';
import { measured, table } from './table.ts';

const [services = 0, each = 0] = process.argv.slice(2).map(Number);
await using ipvs = await Ipvs.open();
await table(ipvs, { services, each }, measured);
