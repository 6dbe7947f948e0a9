import type { Ipvs } from './ipvs.ts';

/**
 * What an {@link Ipvs} can do, as a type without private members: what everything built on top takes, so that an `Ipvs`
 * may be wrapped or stubbed.
 */
export type IpvsClient = Pick<Ipvs, keyof Ipvs>;
