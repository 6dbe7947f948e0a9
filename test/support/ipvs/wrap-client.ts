import { Ipvs, type IpvsClient } from '../../../src/ipvs/index.ts';

/** A client whose methods are those of another, but for some. */
export function wrapClient(ipvs: IpvsClient, methods: Partial<IpvsClient>): IpvsClient {
  const names = Reflect.ownKeys(Ipvs.prototype).filter((name) => name !== 'constructor');
  const client = Object.fromEntries(names.map((name) => [name, Reflect.get(ipvs, name).bind(ipvs)]));
  return { ...client, ...methods } as IpvsClient;
}
