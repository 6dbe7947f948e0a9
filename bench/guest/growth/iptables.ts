import { createHash } from 'node:crypto';
import { type ClusterService, POD_NETWORK, PORT, TARGET_PORT, withOtherEndpoint } from './cluster.ts';
import type { Contender } from './contender.ts';
import { run } from './run.ts';

/**
 * The chains of kube-proxy's iptables mode (pkg/proxy/iptables/proxier.go, syncProxyRules): KUBE-SERVICES has a rule for
 * each service, KUBE-SVC-… one for each of its endpoints, KUBE-SEP-… two. A change is written as kube-proxy writes it: with
 * `--noflush`, the chains that changed, and KUBE-SERVICES as a whole.
 * @param backend `legacy` or `nft`, which the program's name ends in
 */
export function iptables(netns: string, backend: 'legacy' | 'nft'): Contender {
  let programmed: readonly ClusterService[] = [];
  const restore = (text: string) => async () => {
    run(['ip', 'netns', 'exec', netns, `iptables-${backend}-restore`, '--noflush'], text);
  };
  return {
    prepare: async () => {},
    program: (services) => {
      programmed = services;
      return restore(table(services, services, base));
    },
    addOne: (service) => {
      programmed = [...programmed, service];
      return restore(table(programmed, [service]));
    },
    changeOne: (service) => {
      const changed = withOtherEndpoint(service);
      const gone = service.endpoints.filter((each) => !changed.endpoints.includes(each));
      return restore(
        table(
          programmed,
          [changed],
          [],
          gone.map((each) => endpointChain(service, each)),
        ),
      );
    },
    close: async () => {},
  };
}

const MARK = '-j KUBE-MARK-MASQ';

const base = [
  ':KUBE-MARK-MASQ - [0:0]',
  ':KUBE-POSTROUTING - [0:0]',
  '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
  '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
  '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
];

function table(
  all: readonly ClusterService[],
  written: readonly ClusterService[],
  first: readonly string[] = [],
  goneChains: readonly string[] = [],
): string {
  const lines = ['*nat', ':KUBE-SERVICES - [0:0]'];
  for (const service of written) {
    lines.push(`:${serviceChain(service)} - [0:0]`);
    for (const endpoint of service.endpoints) lines.push(`:${endpointChain(service, endpoint)} - [0:0]`);
  }
  for (const chain of goneChains) lines.push(`:${chain} - [0:0]`);
  lines.push(...first);
  for (const service of all) lines.push(dispatch(service));
  for (const service of written) lines.push(...chains(service));
  for (const chain of goneChains) lines.push(`-X ${chain}`);
  return `${[...lines, 'COMMIT'].join('\n')}\n`;
}

function dispatch(service: ClusterService): string {
  const { name, address } = service;
  return `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport ${PORT} -j ${serviceChain(service)}`;
}

function chains(service: ClusterService): string[] {
  const { name, address, endpoints } = service;
  const chain = serviceChain(service);
  const lines = [
    `-A ${chain} ! -s ${POD_NETWORK} -d ${address}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport ${PORT} ${MARK}`,
  ];
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i;
    const share = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}` : '';
    const comment = `-m comment --comment "${name} -> ${endpoint}:${TARGET_PORT}"`;
    lines.push(`-A ${chain} ${comment}${share} -j ${endpointChain(service, endpoint)}`);
  }
  for (const endpoint of endpoints) {
    const own = `-A ${endpointChain(service, endpoint)}`;
    lines.push(`${own} -s ${endpoint}/32 -m comment --comment "${name}" ${MARK}`);
    lines.push(
      `${own} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${endpoint}:${TARGET_PORT}`,
    );
  }
  return lines;
}

function serviceChain({ name }: ClusterService): string {
  return `KUBE-SVC-${digest(name)}`;
}

function endpointChain({ name }: ClusterService, endpoint: string): string {
  return `KUBE-SEP-${digest(`${name} ${endpoint}`)}`;
}

/** 16 letters and digits, as kube-proxy's `portProtoHash`. */
function digest(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  return hash.slice(0, 16).toUpperCase();
}
