import type { ServiceFlags } from '../../ipvs/model/flags.ts';
import type { Persistence } from '../../ipvs/model/persistence.ts';
import { type ServiceSpec, writeService } from '../../ipvs/model/service.ts';
import { type AddressFamily, type ServiceKey, writeServiceKey } from '../../ipvs/model/service-key.ts';
import { familyOf } from '../../ipvs/wire/address.ts';
import { InputError } from '../../netlink/index.ts';
import type { Given, Line } from '../command-line/parse-command.ts';
import { type Names, parseInetAton, readEndpoint, toNumber } from './endpoint.ts';

const protocols: Readonly<Record<string, 'tcp' | 'udp' | 'sctp'>> = {
  'tcp-service': 'tcp',
  'udp-service': 'udp',
  'sctp-service': 'sctp',
};

/** The service that a line names; undefined when it names none, where the command allows that. */
export function readServiceKey({ given }: Line, names?: Names): ServiceKey | undefined {
  const service = given.get('service');
  const marked = service?.name === 'fwmark-service';
  const family = given.has('ipv6') ? 'inet6' : 'inet';
  if (!marked && family === 'inet6')
    throw new InputError('goes with --fwmark-service; an address says its family itself', undefined, 'service.family');
  if (!service) return undefined;
  return marked ? readMark(service, family) : readAddress(service, names);
}

function readMark({ operand }: Given, family: AddressFamily): ServiceKey {
  const key = { fwmark: toNumber(operand), family };
  writeServiceKey(key);
  return key;
}

function readAddress(service: Given, names: Names | undefined): ServiceKey {
  const protocol = protocols[service.name] ?? 'tcp';
  const { address, port = 0, checked } = readEndpoint(service, 'service', protocol, names);
  const key = { protocol, address, port };
  if (!checked) writeServiceKey(key);
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
export function readServiceSpec(line: Line, names?: Names): ServiceSpec {
  const { given } = line;
  const key = readServiceKey(line, names) as ServiceKey;
  const persistence = readPersistence(given, key);
  const state = given.has('persistent') ? 'persistence' : 'dormantPersistence';
  const spec = Object.assign(key, {
    scheduler: given.get('scheduler')?.operand ?? 'wlc',
    flags: readFlags(given),
    ...(persistence && { [state]: persistence }),
  });
  writeService(spec);
  return spec;
}

function readFlags(given: ReadonlyMap<string, Given>): ServiceFlags {
  const names = (given.get('sched-flags')?.operand ?? '').split(',').filter(Boolean);
  if (names.includes('one-packet')) throw new InputError('are set with --ops', 'one-packet', 'service.flags');
  if (given.has('ops')) names.push('one-packet');
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** Whatever is said of persistence: a mask and an engine are stored even where it is not switched on. */
function readPersistence(given: ReadonlyMap<string, Given>, key: ServiceKey): Persistence | undefined {
  const [timeout, mask, engine] = ['persistent', 'netmask', 'pe'].map((slot) => given.get(slot));
  if (!timeout && !mask && !engine) return undefined;
  return {
    ...(timeout?.operand !== undefined && { timeout: toNumber(timeout.operand) }),
    ...(mask?.operand !== undefined && readMask(mask.operand, key)),
    ...(engine && { engine: engine.operand }),
  };
}

function readMask(text: string, key: ServiceKey): Persistence {
  return familyOfService(key) === 'inet6' ? { prefixLength: toNumber(text) } : { netmask: parseInetAton(text) ?? text };
}
