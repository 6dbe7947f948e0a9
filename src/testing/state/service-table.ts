import { AF_INET6 } from '../servers/address.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';
import type { VirtualService } from './virtual-service.ts';

const BUCKETS = 256;

/**
 * The number that the kernel mixes into its hashes: a pointer up to 6.12, a random key from 7.2 on. Any number will do,
 * as long as the order is not that of the additions.
 */
const SALT = 0x5a;

/** The services of a namespace, in hash tables as the kernel has them, so that they are listed in no useful order. */
export class ServiceTable {
  readonly #byKey = new Map<string, VirtualService>();
  readonly #byAddress = buckets();
  readonly #byMark: VirtualService[][];
  /** The listing, until something changes. */
  #listed: readonly VirtualService[] | undefined;

  /** @param shared whether services by address and by mark share a table (from 7.2 on) */
  constructor(shared: boolean) {
    this.#byMark = shared ? this.#byAddress : buckets();
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(identity: ServiceIdentity): VirtualService | undefined {
    return this.#byKey.get(key(identity));
  }

  add(service: VirtualService): void {
    this.#listed = undefined;
    this.#byKey.set(key(service.identity), service);
    this.#bucket(service.identity).unshift(service);
  }

  remove(service: VirtualService): void {
    this.#listed = undefined;
    this.#byKey.delete(key(service.identity));
    const bucket = this.#bucket(service.identity);
    bucket.splice(bucket.indexOf(service), 1);
  }

  /** All services: those by address, then those by mark (ip_vs_ctl.c, ip_vs_genl_dump_services). */
  list(): readonly VirtualService[] {
    const tables = this.#byMark === this.#byAddress ? [this.#byAddress] : [this.#byAddress, this.#byMark];
    this.#listed ??= tables.flat(2);
    return this.#listed;
  }

  /** A hash of every service, where tables are of no fixed size. */
  hashes(): number[] {
    return this.list().map(({ identity }) => (identity.fwmark || addressHash(identity)) ^ SALT);
  }

  #bucket(identity: ServiceIdentity): VirtualService[] {
    const [table, hash] = identity.fwmark ? [this.#byMark, identity.fwmark] : [this.#byAddress, addressHash(identity)];
    return table[(hash ^ SALT) & (BUCKETS - 1)] ?? [];
  }
}

function buckets(): VirtualService[][] {
  return Array.from({ length: BUCKETS }, () => []);
}

function key({ family, protocol, address, port, fwmark }: ServiceIdentity): string {
  return fwmark ? `${family} ${fwmark}` : `${family} ${protocol} ${address.toString('hex')} ${port}`;
}

/** ip_vs_ctl.c, ip_vs_svc_hashkey; the port as on the wire. */
function addressHash({ family, protocol, address, port }: ServiceIdentity): number {
  let fold = 0;
  for (let at = 0; at < (family === AF_INET6 ? 16 : 4); at += 4) fold ^= address.readUInt32BE(at);
  return protocol ^ fold ^ port ^ (port >>> 8);
}
