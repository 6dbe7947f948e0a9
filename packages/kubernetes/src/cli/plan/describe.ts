import { describeDestination, type ServiceSpec } from 'ipvs';
import type { AddressSource, Desired, NodeFacts, VirtualService } from '../../desired/index.ts';
import type { Elements } from '../../nftables/elements.ts';
import { describeProblem } from '../../objects/index.ts';
import { describePlace, type PlacedProblem } from './collect-objects.ts';
import { alignColumns } from './columns.ts';

/** What a plan tells. */
export interface Plan {
  readonly node: NodeFacts;
  readonly desired: Desired;
  /** Those of the objects, and of reading them. */
  readonly problems: readonly PlacedProblem[];
}

const sources: readonly AddressSource[] = ['clusterIP', 'loadBalancer', 'externalIP', 'nodePort', 'fwmark'];

/** Virtual services by the Service that they are for, and there in the order of where their addresses come from. */
export function sortServices(services: readonly VirtualService[]): VirtualService[] {
  const order = (each: VirtualService) =>
    [ownerText(each), each.port.name, each.port.protocol, sources.indexOf(each.source), addressText(each)].join('\0');
  return services
    .map((each) => ({ each, text: order(each) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ each }) => each);
}

/** A plan for people: the table, what else is programmed in brief, and the problems. */
export function describePlan({ node, desired, problems }: Plan): string {
  const { services, addresses, healthChecks, nodePortAddresses } = desired;
  const destinations = services.reduce((sum, { entry }) => sum + entry.destinations.length, 0);
  const counts = [
    count(services.length, 'virtual service'),
    count(destinations, 'destination'),
    count(addresses.length, 'address', 'addresses'),
    count(problems.length, 'problem'),
  ];
  const sections = [
    [`Node ${node.name}, node ports at ${list(nodePortAddresses)}`],
    services.length > 0 ? tableLines(services) : [],
    section('Addresses to bind', [...addresses].sort()),
    section('Packet filter', elementLines(desired.elements)),
    section(
      'Health checks',
      healthChecks.map(
        ({ port, owner, localEndpoints }) =>
          `TCP port ${port}: ${owner.namespace}/${owner.name} has ${count(localEndpoints, 'endpoint')} here`,
      ),
    ),
    section('Problems', [...problems].sort(comparePlaces).map(problemLine)),
    [counts.join(', ')],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function tableLines(services: readonly VirtualService[]): string[] {
  const title = ['SERVICE', 'PORT', 'VIRTUAL SERVICE', 'FROM', 'SCHEDULING', 'DESTINATIONS'];
  const rows = sortServices(services).flatMap((each) => {
    const [first = 'none', ...others] = each.entry.destinations.map(describeDestination);
    const { service } = each.entry;
    const row = [
      ownerText(each),
      each.port.name || '-',
      addressText(each),
      each.source,
      schedulingText(service),
      first,
    ];
    return [row, ...others.map((text) => ['', '', '', '', '', text])];
  });
  return alignColumns([title, ...rows]);
}

function elementLines({ pods, ...elements }: Elements): string[] {
  const sizes: [string, number][] = [
    ['ports let through', elements.services.length],
    ['masqueraded for clients outside the pods', elements.masqueradeFromOutside.length],
    ['masqueraded for the node alone', elements.masqueradeFromNode.length],
    ['masqueraded for everybody', elements.masquerade.length],
    ['with source ranges', elements.restricted.length],
    ['with a firewall mark for clients in the cluster', elements.marks.length],
    ['endpoints here that may reach themselves', elements.hairpins.length],
  ];
  const lines = sizes.filter(([, size]) => size > 0).map(([what, size]) => `${what}: ${size}`);
  return lines.length > 0 ? [`pods: ${list(pods)}`, ...lines] : [];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : [];
}

function comparePlaces({ place: a }: PlacedProblem, { place: b }: PlacedProblem): number {
  if (!a || !b) return Number(b !== undefined) - Number(a !== undefined);
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}

function problemLine({ problem, place }: PlacedProblem): string {
  const text = describeProblem(problem);
  return place ? `${describePlace(place)}: ${text}` : text;
}

function ownerText({ owner }: VirtualService): string {
  return `${owner.namespace}/${owner.name}`;
}

function addressText({ entry: { service } }: VirtualService): string {
  if (service.fwmark !== undefined)
    return `firewall mark ${service.fwmark}, ${service.family === 'inet6' ? 'IPv6' : 'IPv4'}`;
  return `${service.protocol.toUpperCase()} ${describeDestination(service)}`;
}

function schedulingText({ scheduler = '', flags = {}, persistence }: ServiceSpec): string {
  return [scheduler, ...Object.keys(flags), persistence && `persistent ${persistence.timeout}`]
    .filter(Boolean)
    .join(' ');
}

function list(items: readonly string[]): string {
  return items.length > 0 ? items.join(', ') : 'none';
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
