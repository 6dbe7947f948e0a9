import { type Desired, type DesiredOptions, desiredState, type NodeFacts } from '../../src/desired/index.ts';
import { describeProblem, type KubernetesObject } from '../../src/objects/index.ts';

/** The node that the test cases are about. */
export const n1: NodeFacts = {
  name: 'n1',
  zone: 'z1',
  addresses: ['127.0.0.1', '192.0.2.11', '10.0.5.11', '10.244.1.1', '::1', 'fe80::1', '2001:db8::11'],
  primaryAddresses: ['192.0.2.11', '2001:db8::11'],
};

/** What {@link n1} is to have when it serves all Services. */
export function desired(
  objects: Iterable<KubernetesObject>,
  options: DesiredOptions = {},
  facts: Partial<NodeFacts> = {},
): Desired {
  return desiredState(objects, { ...n1, ...facts }, { services: 'all', ...options });
}

/** The table in the notation of the test cases, `TCP 10.96.0.10:80 rr | 10.244.1.2:8080`, in an order of its own. */
export function tableOf({ services }: Pick<Desired, 'services'>): string[] {
  return services.map(({ entry }) => lineOf(entry)).sort();
}

function lineOf({ service, destinations }: Desired['services'][number]['entry']): string {
  const { scheduler, persistence, flags } = service;
  const place = (address: string, port: number) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const key =
    service.fwmark === undefined
      ? `${service.protocol.toUpperCase()} ${place(service.address, service.port)}`
      : `FWM ${service.fwmark} ${service.family}`;
  const words = [key, scheduler, persistence && `persistent ${persistence.timeout}`, ...Object.keys(flags ?? {})];
  const places = destinations.map(({ address, port }) => place(address, port)).sort();
  return [...words, '|', ...places].filter(Boolean).join(' ');
}

/** The addresses that are bound, in an order of their own. */
export function boundOf({ addresses }: Pick<Desired, 'addresses'>): string[] {
  return [...addresses].sort();
}

/** Health checks: `32000 -> 1`. */
export function checksOf({ healthChecks }: Pick<Desired, 'healthChecks'>): string[] {
  return healthChecks.map(({ port, localEndpoints }) => `${port} -> ${localEndpoints}`);
}

/** Problems as sentences. */
export function problemsOf({ problems }: Pick<Desired, 'problems'>): string[] {
  return problems.map(describeProblem).sort();
}

/** Everything that is wanted, in an order of its own, so that two can be compared; destinations keep theirs. */
export function sorted(wanted: Desired): unknown {
  const byText = <T>(items: readonly T[]) =>
    items.map((item) => ({ item, text: JSON.stringify(item) })).sort((a, b) => (a.text < b.text ? -1 : 1));
  const { services, addresses, elements, healthChecks, problems, withoutLocalEndpoints, nodePortAddresses } = wanted;
  return {
    services: byText(services).map(({ item }) => item),
    addresses: [...addresses].sort(),
    elements: Object.fromEntries(
      Object.entries(elements).map(([set, each]) => [set, byText(each).map(({ text }) => text)]),
    ),
    healthChecks: byText(healthChecks).map(({ item }) => item),
    problems: byText(problems).map(({ item }) => item),
    withoutLocalEndpoints,
    nodePortAddresses,
  };
}
