import { type Plan, sortServices } from './describe.ts';

/** A plan as JSON, for programs: the specs as `ipvs` takes them, and every element. */
export function planJson({ node, desired, problems }: Plan): string {
  const { services, addresses, elements, healthChecks, nodePortAddresses, withoutLocalEndpoints } = desired;
  const value = {
    node: { ...node, nodePortAddresses },
    services: sortServices(services).map(({ entry, source, owner, port }) => ({
      ...entry,
      source,
      owner: { namespace: owner.namespace, name: owner.name, port: port.name },
    })),
    addresses: [...addresses].sort(),
    elements,
    healthChecks: healthChecks.map(({ port, owner, localEndpoints }) => ({
      port,
      owner: { namespace: owner.namespace, name: owner.name },
      localEndpoints,
    })),
    withoutLocalEndpoints,
    problems: problems.map(({ problem, place }) => ({ ...problem, ...place })),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
