import { InputError } from '../../errors/input-error.ts';
import {
  type DestinationKey,
  type DestinationSpec,
  encodeDestination,
  encodeDestinationKey,
} from '../../ipvs/model/destination.ts';
import type { Forwarding, Tunnel } from '../../ipvs/model/forwarding.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import { fieldsOf } from '../command-line/grammar.ts';
import type { ParsedCommand, ParsedOption } from '../command-line/parse-command.ts';
import { type NameResolver, parseEndpoint, toNumber } from './endpoint.ts';
import { familyOfService, protocolOf } from './service.ts';

/** What only a tunnel has: its type, port and checksum. */
const tunnelFields = fieldsOf('destination.forwarding');

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The server that a line names; without a port of its own it has the service's, 0 with a firewall mark. */
export function parseDestinationKey(line: ParsedCommand, service: ServiceKey, names?: NameResolver): DestinationKey {
  const key = parseServer(line, service, names);
  encodeDestinationKey(key);
  return key;
}

function parseServer(line: ParsedCommand, service: ServiceKey, names: NameResolver | undefined): DestinationKey {
  const server = line.given.get('destination') as ParsedOption;
  const { address, port = portOf(service) ?? 0 } = parseEndpoint(server, 'destination', protocolOf(service), names);
  return { address, port };
}

/** The server that a line sets up; what it leaves out is ipvsadm's default. */
export function parseDestinationSpec(line: ParsedCommand, service: ServiceKey, names?: NameResolver): DestinationSpec {
  const { address, port } = parseServer(line, service, names);
  const forwarding = parseForwarding(line.given);
  const weight = line.given.get('destination.weight');
  const upper = line.given.get('destination.upperThreshold');
  const lower = line.given.get('destination.lowerThreshold');
  const spec: Mutable<DestinationSpec> = {
    address,
    port: forwarding === 'masquerade' ? port : (portOf(service) ?? port),
    forwarding,
    weight: weight ? toNumber(weight.operand) : 1,
  };
  if (upper) spec.upperThreshold = toNumber(upper.operand);
  if (lower) spec.lowerThreshold = toNumber(lower.operand);
  encodeDestination(spec, familyOfService(service));
  return spec;
}

/** Only masqueraded packets change their port, so any other server of an address has the service's. */
function portOf(service: ServiceKey): number | undefined {
  return 'fwmark' in service ? undefined : service.port;
}

function parseForwarding(given: ReadonlyMap<string, ParsedOption>): Forwarding {
  const way = given.get('destination.forwarding')?.name ?? 'gatewaying';
  if (way === 'ipip') return parseTunnel(given);
  const field = tunnelFields.find((each) => given.has(each));
  if (field) throw new InputError('requires --ipip', undefined, field);
  return way === 'masquerading' ? 'masquerade' : 'direct-route';
}

function parseTunnel(given: ReadonlyMap<string, ParsedOption>): Tunnel {
  const [type, port, checksum] = tunnelFields.map((field) => given.get(field));
  const tunnel = type?.operand ?? 'ipip';
  // The API says the same with the value, which nobody wrote on a command line.
  if (tunnel === 'ipip' && checksum)
    throw new InputError('is for gue and gre; ipip has none', undefined, 'destination.forwarding.checksum');
  return {
    tunnel,
    ...(port && { port: toNumber(port.operand) }),
    ...(checksum && { checksum: checksum.name.slice('tun-'.length) }),
  } as Tunnel;
}
