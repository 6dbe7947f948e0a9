import { type ClusterService, POD_NETWORK, PORT, TARGET_PORT, withOtherEndpoint } from './cluster.ts';
import type { Contender } from './contender.ts';
import { run } from './run.ts';

/**
 * The table of kube-proxy's nftables mode (pkg/proxy/nftables/proxier.go): a verdict map finds the chain of a service in one
 * look-up, and each endpoint has a chain. A change is one transaction of what changed.
 */
export function nftables(netns: string): Contender {
  const transaction = (text: string) => async () => {
    run(['ip', 'netns', 'exec', netns, 'nft', '-f', '-'], text);
  };
  return {
    prepare: async () => {},
    program: (services) => transaction(`${BASE}${services.map(added).join('')}`),
    addOne: (service) => transaction(added(service)),
    changeOne: (service) => {
      const changed = withOtherEndpoint(service);
      const gone = service.endpoints.filter((each) => !changed.endpoints.includes(each));
      const come = changed.endpoints.filter((each) => !service.endpoints.includes(each));
      return transaction(
        [
          ...come.map((each) => endpoint(service, each)),
          `flush chain ip kube-proxy ${chainOf(service)}\n`,
          rulesOf(changed),
          ...gone.map((each) => `delete chain ip kube-proxy ${endpointChain(service, each)}\n`),
        ].join(''),
      );
    },
    close: async () => {},
  };
}

const BASE = `
add table ip kube-proxy
add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
add chain ip kube-proxy services
add chain ip kube-proxy mark-for-masquerade
add chain ip kube-proxy nat-prerouting { type nat hook prerouting priority -100; }
add chain ip kube-proxy nat-output { type nat hook output priority -100; }
add chain ip kube-proxy nat-postrouting { type nat hook postrouting priority 100; }
add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips
add rule ip kube-proxy nat-prerouting jump services
add rule ip kube-proxy nat-output jump services
add rule ip kube-proxy mark-for-masquerade mark set mark or 0x4000
add rule ip kube-proxy nat-postrouting mark and 0x4000 == 0 return
add rule ip kube-proxy nat-postrouting mark set mark xor 0x4000
add rule ip kube-proxy nat-postrouting masquerade fully-random
`;

function added(service: ClusterService): string {
  const { address, endpoints } = service;
  return [
    `add chain ip kube-proxy ${chainOf(service)}\n`,
    ...endpoints.map((each) => endpoint(service, each)),
    rulesOf(service),
    `add element ip kube-proxy service-ips { ${address} . tcp . ${PORT} : goto ${chainOf(service)} }\n`,
  ].join('');
}

function rulesOf(service: ClusterService): string {
  const { address, endpoints } = service;
  const own = `add rule ip kube-proxy ${chainOf(service)}`;
  const choices = endpoints.map((each, i) => `${i} : goto ${endpointChain(service, each)}`).join(', ');
  return [
    `${own} ip daddr ${address} tcp dport ${PORT} ip saddr != ${POD_NETWORK} jump mark-for-masquerade\n`,
    `${own} numgen random mod ${endpoints.length} vmap { ${choices} }\n`,
  ].join('');
}

function endpoint(service: ClusterService, address: string): string {
  const chain = endpointChain(service, address);
  return [
    `add chain ip kube-proxy ${chain}\n`,
    `add rule ip kube-proxy ${chain} ip saddr ${address} jump mark-for-masquerade\n`,
    `add rule ip kube-proxy ${chain} meta l4proto tcp dnat to ${address}:${TARGET_PORT}\n`,
  ].join('');
}

function chainOf({ name }: ClusterService): string {
  return `service-${name.replace('/', '-')}`;
}

function endpointChain(service: ClusterService, address: string): string {
  return `endpoint-${chainOf(service)}-${address.replaceAll('.', '-')}`;
}
