import type { Change, DestinationSpec, ServiceFlag, ServiceKey, ServiceSpec } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import { Random } from '../random.ts';
import { ends, type Scenario, type Step } from './scenario.ts';

/** All that choose without chance. */
export const deterministic = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
] as const;

const PROTOCOLS = ['udp', 'udp', 'tcp', 'tcp', 'tcp', 'sctp'] as const;
const WEIGHTS = [0, 1, 1, 2, 3, 4, 6, 10, 100, 4096, 65535] as const;

const FORWARDING = ['masquerade', 'masquerade', 'direct-route', { tunnel: 'ipip' }] as const;

/** Addresses and ports of a family: of a service, of the servers, of clients, and of what a firewall mark is put on. */
const FAMILIES = {
  inet: {
    service: '192.0.2.1',
    server: (i: number) => `192.0.2.${10 + i}`,
    client: (i: number) => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
    marked: (i: number) => `203.0.113.${1 + i}`,
    masks: ['255.255.255.255', '255.255.255.0', '255.255.0.0'],
  },
  inet6: {
    service: '2001:db8::1',
    server: (i: number) => `2001:db8::${(16 + i).toString(16)}`,
    client: (i: number) => `2001:db8:${(1 + (i >> 8)).toString(16)}::${(1 + (i & 255)).toString(16)}`,
    marked: (i: number) => `2001:db8:ffff::${(1 + i).toString(16)}`,
    masks: [128, 64, 47],
  },
} as const;

/**
 * A scenario of one service; the number decides everything, and the scheduler goes by turns.
 * @param packets how many are sent at least
 */
export function randomScenario(number: number, packets: number): Scenario {
  return new Author(new Random(mix(number)), number).write(packets);
}

/** Seeds in a row would begin alike (the end of MurmurHash3). */
function mix(number: number): number {
  let mixed = number + 1;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

class Author {
  readonly #random: Random;
  readonly #number: number;
  readonly #family: 'inet' | 'inet6';
  readonly #protocol: (typeof PROTOCOLS)[number];
  readonly #fwmark: number;
  readonly #anyPort: boolean;
  readonly #onePacket: boolean;
  readonly #service: ServiceKey;
  readonly #steps: Step[] = [];
  readonly #destinations: DestinationSpec[] = [];
  readonly #removed: DestinationSpec[] = [];
  readonly #sent: PacketSpec[] = [];
  readonly #ends = new Set<string>();

  constructor(random: Random, number: number) {
    this.#random = random;
    this.#number = number;
    this.#family = random.once(3) ? 'inet6' : 'inet';
    this.#protocol = random.pick(PROTOCOLS);
    this.#fwmark = random.once(3) ? 1 + random.below(1000) : 0;
    this.#anyPort = !this.#fwmark && random.once(6);
    this.#onePacket = this.#protocol === 'udp' && random.once(3);
    const port = this.#anyPort ? 0 : random.pick([80, 443, 5000, 21]);
    const address = FAMILIES[this.#family].service;
    this.#service = this.#fwmark
      ? { fwmark: this.#fwmark, family: this.#family }
      : { protocol: this.#protocol, address, port };
  }

  write(packets: number): Scenario {
    const service = this.#spec();
    this.#change({ type: 'addService', service });
    for (let i = this.#random.below(6); i >= 0; i--) this.#addDestination();
    while (this.#sent.length < packets) {
      if (this.#random.below(5) < 2) this.#send(1 + this.#random.below(Math.max(8, packets / 8)));
      else this.#act();
    }
    const { scheduler = 'wlc', persistence, flags } = service;
    const how = [this.#family, this.#protocol, this.#fwmark ? 'fwmark' : '', this.#anyPort ? 'any port' : ''];
    const more = [
      persistence ? 'persistent' : '',
      ...Object.keys(flags ?? {}).filter((name) => flags?.[name as ServiceFlag]),
    ];
    const title = [`${this.#number}:`, scheduler, ...how, ...more].filter(Boolean).join(' ');
    return { title, service: this.#service, onePacket: this.#onePacket, steps: this.#steps };
  }

  #spec(): ServiceSpec {
    const random = this.#random;
    const scheduler = this.#scheduler(this.#number);
    const mask = random.pick(FAMILIES[this.#family].masks as readonly [string | number, ...(string | number)[]]);
    const persistence = { timeout: 300, ...(typeof mask === 'number' ? { prefixLength: mask } : { netmask: mask }) };
    return {
      ...this.#service,
      scheduler,
      flags: this.#flags(scheduler),
      ...(this.#anyPort || random.once(4) ? { persistence } : {}),
    } as ServiceSpec;
  }

  #scheduler(number: number): string {
    return deterministic[number % deterministic.length] ?? 'rr';
  }

  #flags(scheduler: string): Record<string, boolean> {
    const onePacket = { 'one-packet': this.#onePacket };
    if (scheduler !== 'sh' && scheduler !== 'mh') return onePacket;
    return {
      ...onePacket,
      [`${scheduler}-port`]: this.#random.once(2),
      [`${scheduler}-fallback`]: this.#random.once(2),
    };
  }

  #change(change: Change): void {
    this.#steps.push({ change });
  }

  #act(): void {
    const random = this.#random;
    const destination = this.#destinations[random.below(this.#destinations.length)];
    const acts: readonly (() => void)[] = [
      () => this.#addDestination(),
      () => destination && !random.once(3) && this.#removeDestination(destination),
      () => destination && this.#patchDestination(destination),
      () => destination && this.#patchDestination(destination),
      () => random.once(4) && this.#changeScheduler(),
      () => this.#steps.push({ establish: this.#some() }),
      () => this.#steps.push({ close: this.#some() }),
      () => this.#sendAgain(),
    ];
    acts[random.below(acts.length)]?.();
  }

  #removeDestination(destination: DestinationSpec): void {
    this.#destinations.splice(this.#destinations.indexOf(destination), 1);
    this.#removed.push(destination);
    this.#change({ type: 'removeDestination', service: this.#service, destination });
  }

  #patchDestination(destination: DestinationSpec): void {
    const patch = this.#weightAndThresholds();
    this.#change({ type: 'patchDestination', service: this.#service, destination, patch });
  }

  #changeScheduler(): void {
    const scheduler = this.#random.once(2) ? this.#scheduler(this.#random.below(100)) : this.#scheduler(this.#number);
    this.#change({ type: 'patchService', service: this.#service, patch: { scheduler, flags: this.#flags(scheduler) } });
  }

  #addDestination(): void {
    const random = this.#random;
    const again = random.once(2) ? this.#removed.pop() : undefined;
    const address = FAMILIES[this.#family].server(random.below(30));
    const port = random.pick([80, 80, 8080, 0]);
    const { forwarding } = again ?? { forwarding: this.#onePacket ? 'masquerade' : random.pick(FORWARDING) };
    const key = again ? { address: again.address, port: again.port } : { address, port };
    if (this.#destinations.some((each) => each.address === key.address)) return;
    const destination = { ...key, forwarding, ...this.#weightAndThresholds() } as DestinationSpec;
    this.#destinations.push(destination);
    this.#change({ type: 'addDestination', service: this.#service, destination });
  }

  #weightAndThresholds(): Pick<DestinationSpec, 'weight' | 'upperThreshold' | 'lowerThreshold'> {
    const random = this.#random;
    const upperThreshold = random.once(4) ? 1 + random.below(40) : 0;
    const lowerThreshold = random.once(2) ? random.below(upperThreshold + 1) : 0;
    return { weight: random.pick(WEIGHTS), upperThreshold, lowerThreshold };
  }

  #send(count: number): void {
    const packets = Array.from({ length: count }, () => this.#packet()).filter((packet) => {
      const name = ends(packet);
      return !this.#ends.has(name) && this.#ends.add(name);
    });
    this.#sent.push(...packets);
    this.#steps.push({ packets });
  }

  /** One by itself: the kernel forgets a closed connection between the same ends only a moment later. */
  #sendAgain(): void {
    const packet = this.#sent[this.#random.below(this.#sent.length)];
    if (packet) this.#steps.push({ packets: [packet] });
  }

  #some(): PacketSpec[] {
    if (this.#protocol !== 'tcp' || this.#sent.length === 0) return [];
    const chosen = Array.from(
      { length: this.#random.below(Math.max(10, this.#sent.length / 8)) },
      () => this.#sent[this.#random.below(this.#sent.length)],
    );
    return [...new Set(chosen)].filter((packet) => packet !== undefined);
  }

  #packet(): PacketSpec {
    const random = this.#random;
    const { client, marked, service } = FAMILIES[this.#family];
    const near = random.once(2) ? 64 : 65536;
    const key = this.#service;
    const address = this.#fwmark ? marked(random.below(12)) : service;
    const port = key.fwmark === undefined && key.port !== 0 ? key.port : random.pick([80, 443, 5000, 9000]);
    return {
      protocol: this.#protocol,
      source: { address: client(random.below(near)), port: 1024 + random.below(60000) },
      virtual: { address, port },
      ...(this.#fwmark ? { fwmark: this.#fwmark } : {}),
    };
  }
}
