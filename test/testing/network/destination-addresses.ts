import { expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import type { Kernel } from '../../../src/netlink/index.ts';
import { type AddressSpec, Rtnetlink } from '../../../src/rtnetlink/index.ts';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;

/** A kernel in whose network nothing was ever up. */
class Network implements AsyncDisposable {
  readonly #ipvs: Ipvs;
  readonly #rtnetlink: Rtnetlink;

  constructor(ipvs: Ipvs, rtnetlink: Rtnetlink) {
    this.#ipvs = ipvs;
    this.#rtnetlink = rtnetlink;
  }

  async addLink(name: string, up: boolean): Promise<void> {
    await this.#rtnetlink.addLink({ name, kind: 'dummy', flags: { UP: up } });
  }

  removeLink(name: string): Promise<void> {
    return this.#rtnetlink.removeLink(name);
  }

  async addAddress(link: string, address: Omit<AddressSpec, 'index'>): Promise<void> {
    await this.#rtnetlink.addAddress({ index: await this.#index(link), ...address });
  }

  async removeAddress(link: string, address: Omit<AddressSpec, 'index'>): Promise<void> {
    await this.#rtnetlink.removeAddress({ index: await this.#index(link), ...address });
  }

  /** Those of some addresses that no destination can have. */
  async refused(...addresses: string[]): Promise<string[]> {
    const refused: string[] = [];
    for (const address of addresses) {
      const adding = this.#ipvs.addDestination(service, { address, port: 80 });
      await adding.catch((error) => refused.push(error.code === 'EINVAL' ? address : String(error)));
    }
    return refused;
  }

  async #index(link: string): Promise<number> {
    return (await this.#rtnetlink.link(link))?.index ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ipvs.close();
    await this.#rtnetlink.close();
  }
}

/**
 * Which IPv4 addresses a destination can have, by the addresses of links.
 * @param start a kernel in whose network nothing was ever up
 */
export function destinationAddressTests(start: () => Kernel): void {
  const networkTest = (title: string, run: (network: Network) => Promise<void>) =>
    test(title, async () => {
      const kernel = start();
      const ipvs = await Ipvs.open({ kernel });
      await using network = new Network(ipvs, await Rtnetlink.open({ kernel }));
      await ipvs.addService(service);
      await run(network);
    });

  networkTest('none before there was an IPv4 address', async (network) => {
    expect(await network.refused('10.0.0.1')).toEqual(['10.0.0.1']);
    await network.addLink('v0', true);
    expect(await network.refused('10.0.0.2')).toEqual(['10.0.0.2']);
    await network.addAddress('v0', { address: '2001:db8::1', prefixLength: 64 });
    expect(await network.refused('10.0.0.3')).toEqual(['10.0.0.3']);
    await network.addAddress('v0', { address: '10.1.0.1', prefixLength: 24 });
    expect(await network.refused('10.0.0.4')).toEqual([]);
    await network.removeAddress('v0', { address: '10.1.0.1', prefixLength: 24 });
    expect(await network.refused('10.0.0.5')).toEqual([]);
    await network.removeLink('v0');
    expect(await network.refused('10.0.0.6')).toEqual([]);
  });

  networkTest('that address may be of a link that is down', async (network) => {
    await network.addLink('v0', false);
    expect(await network.refused('10.0.0.1')).toEqual(['10.0.0.1']);
    await network.addAddress('v0', { address: '10.1.0.1', prefixLength: 24, broadcast: '10.1.0.200' });
    expect(await network.refused('10.0.0.2', '10.1.0.1', '10.1.0.200', '10.1.0.255')).toEqual([]);
  });

  networkTest('none that is a broadcast address', async (network) => {
    await network.addLink('v0', true);
    await network.addAddress('v0', { address: '10.1.0.1', prefixLength: 24 });
    await network.addAddress('v0', { address: '10.2.0.1', prefixLength: 24, broadcast: '10.2.0.200' });
    await network.addAddress('v0', { address: '10.3.0.1', prefixLength: 24, broadcast: '255.255.255.255' });
    await network.addAddress('v0', { address: '10.4.0.1', prefixLength: 32, broadcast: '10.4.0.200' });
    await network.addAddress('v0', { address: '10.5.0.1', prefixLength: 24, peer: '10.6.0.1' });
    await network.addAddress('v0', { address: '10.7.0.1', prefixLength: 31 });
    await network.addAddress('v0', { address: '0.0.0.1', prefixLength: 8 });
    const addresses = [
      ...['10.1.0.1', '10.1.0.2', '10.1.0.255'],
      ...['10.2.0.200', '10.2.0.255'],
      ...['10.3.0.255'],
      ...['10.4.0.1', '10.4.0.200', '10.4.0.255'],
      ...['10.5.0.255', '10.6.0.255'],
      ...['10.7.0.0', '10.7.0.1'],
      ...['0.255.255.255'],
    ];
    const refused = ['10.1.0.255', '10.2.0.200', '10.2.0.255', '10.3.0.255', '10.4.0.200', '10.6.0.255'];
    expect(await network.refused(...addresses)).toEqual(refused);
    await network.removeAddress('v0', { address: '10.2.0.1', prefixLength: 24 });
    expect(await network.refused('10.2.0.200', '10.2.0.255')).toEqual([]);
    await network.removeLink('v0');
    expect(await network.refused('10.4.0.200', '10.6.0.255')).toEqual([]);
  });

  networkTest('a broadcast address remains while an address has it', async (network) => {
    await network.addLink('v0', true);
    await network.addAddress('v0', { address: '10.1.0.1', prefixLength: 24 });
    await network.addAddress('v0', { address: '10.1.0.2', prefixLength: 24, broadcast: '10.1.0.200' });
    await network.addAddress('v0', { address: '10.2.0.1', prefixLength: 24 });
    await network.addAddress('v0', { address: '10.2.0.2', prefixLength: 24 });
    await network.addAddress('v0', { address: '10.2.0.129', prefixLength: 25 });
    expect(await network.refused('10.1.0.200', '10.1.0.255')).toEqual(['10.1.0.200', '10.1.0.255']);
    await network.removeAddress('v0', { address: '10.1.0.2', prefixLength: 24 });
    expect(await network.refused('10.1.0.200', '10.1.0.255')).toEqual(['10.1.0.255']);
    await network.removeAddress('v0', { address: '10.2.0.1', prefixLength: 24 });
    expect(await network.refused('10.2.0.255')).toEqual(['10.2.0.255']);
    await network.removeAddress('v0', { address: '10.2.0.129', prefixLength: 25 });
    expect(await network.refused('10.2.0.255')).toEqual([]);
  });
}
