import { InputError } from '../../errors/input-error.ts';
import type { ServiceFlags } from '../../ipvs/model/flags.ts';
import type { Persistence } from '../../ipvs/model/persistence.ts';
import { encodeService, type ServiceSpec } from '../../ipvs/model/service.ts';
import { type AddressFamily, encodeServiceKey, type ServiceKey } from '../../ipvs/model/service-key.ts';
import { familyOf } from '../../ipvs/wire/address.ts';
import type { ParsedCommand, ParsedOption } from '../command-line/parse-command.ts';
import { type NameResolver, parseEndpoint, parseInetAton, toNumber } from './endpoint.ts';

const protocols: Readonly<Record<string, 'tcp' | 'udp' | 'sctp'>> = {
  'tcp-service': 'tcp',
  'udp-service': 'udp',
  'sctp-service': 'sctp',
};

/** The service that a line names; undefined when it names none, where the command allows that. */
export function parseServiceKey({ given }: ParsedCommand, names?: NameResolver): ServiceKey | undefined {
  const service = given.get('service');
  const marked = service?.name === 'fwmark-service';
  const family = given.has('ipv6') ? 'inet6' : 'inet';
  if (!marked && family === 'inet6')
    throw new InputError('goes with --fwmark-service; an address says its family itself', undefined, 'service.family');
  if (!service) return undefined;
  return marked ? parseFwmark(service, family) : parseAddress(service, names);
}

function parseFwmark({ operand }: ParsedOption, family: AddressFamily): ServiceKey {
  const key = { fwmark: toNumber(operand), family };
  encodeServiceKey(key);
  return key;
}

function parseAddress(service: ParsedOption, names: NameResolver | undefined): ServiceKey {
  const protocol = protocols[service.name] ?? 'tcp';
  const { address, port = 0, checked } = parseEndpoint(service, 'service', protocol, names);
  const key = { protocol, address, port };
  if (!checked) encodeServiceKey(key);
  return key;
}

/** The family of a service that was read. */
export function familyOfService(key: ServiceKey): string {
  return ('fwmark' in key ? key.family : familyOf(key.address)) ?? 'inet';
}

/** The transport protocol of a service; that of its ports' names where there is none. */
export function protocolOf(key: ServiceKey): string {
  return 'fwmark' in key ? 'tcp' : key.protocol;
}

/** The service that a line sets up; what it leaves out is ipvsadm's default. */
export function parseServiceSpec(line: ParsedCommand, names?: NameResolver): ServiceSpec {
  const { given } = line;
  const key = parseServiceKey(line, names) as ServiceKey;
  const persistence = parsePersistence(given, key);
  const state = given.has('persistent') ? 'persistence' : 'dormantPersistence';
  const spec = Object.assign(key, {
    scheduler: given.get('scheduler')?.operand ?? 'wlc',
    flags: parseFlags(given),
    ...(persistence && { [state]: persistence }),
  });
  encodeService(spec);
  return spec;
}

function parseFlags(given: ReadonlyMap<string, ParsedOption>): ServiceFlags {
  const names = (given.get('sched-flags')?.operand ?? '').split(',').filter(Boolean);
  if (names.includes('one-packet')) throw new InputError('are set with --ops', 'one-packet', 'service.flags');
  if (given.has('ops')) names.push('one-packet');
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** Whatever is said of persistence: a mask and an engine are stored even where it is not switched on. */
function parsePersistence(given: ReadonlyMap<string, ParsedOption>, key: ServiceKey): Persistence | undefined {
  const [timeout, mask, engine] = ['persistent', 'netmask', 'pe'].map((slot) => given.get(slot));
  if (!timeout && !mask && !engine) return undefined;
  return {
    ...(timeout?.operand !== undefined && { timeout: toNumber(timeout.operand) }),
    ...(mask?.operand !== undefined && parseMask(mask.operand, key)),
    ...(engine && { engine: engine.operand }),
  };
}

function parseMask(text: string, key: ServiceKey): Persistence {
  return familyOfService(key) === 'inet6' ? { prefixLength: toNumber(text) } : { netmask: parseInetAton(text) ?? text };
}
