import { InputError } from '../../errors/input-error.ts';
import { didYouMean } from '../../errors/known-properties.ts';
import { flagNames, type ServiceFlags } from '../../ipvs/model/flags.ts';
import type { Persistence } from '../../ipvs/model/persistence.ts';
import { encodeService, type ServiceSpec } from '../../ipvs/model/service.ts';
import { type AddressFamily, encodeServiceKey, type ServiceKey } from '../../ipvs/model/service-key.ts';
import { familyOf } from '../../linux/address.ts';
import { fieldsOf } from '../command-line/grammar.ts';
import type { ParsedCommand, ParsedOption } from '../command-line/parse-command.ts';
import { dotted, type NameResolver, parseEndpoint, parseInetAton, toNumber } from './endpoint.ts';

/** The service that a line names; undefined when it names none, where the command allows that. */
export function parseServiceKey({ given }: ParsedCommand, names?: NameResolver): ServiceKey | undefined {
  const service = given.get('service');
  const marked = service?.name === 'fwmark-service';
  const family = given.has('service.family') ? 'inet6' : 'inet';
  if (!marked && family === 'inet6')
    throw new InputError('requires --fwmark-service; an address has its own family', undefined, 'service.family');
  if (!service) return undefined;
  return marked ? parseFwmark(service, family) : parseAddress(service, names);
}

function parseFwmark({ operand }: ParsedOption, family: AddressFamily): ServiceKey {
  const key = { fwmark: toNumber(operand), family };
  encodeServiceKey(key);
  return key;
}

function parseAddress(service: ParsedOption, names: NameResolver | undefined): ServiceKey {
  const protocol = service.name.slice(0, -'-service'.length) as 'tcp' | 'udp' | 'sctp';
  const { address, port = 0, checked } = parseEndpoint(service, 'service', protocol, names);
  const key = { protocol, address, port };
  if (!checked) encodeServiceKey(key);
  return key;
}

/** Only a persistent service can do without a port. The message shows what was written, which was no 0. */
function checkPort(text: string, key: ServiceKey): void {
  if ('fwmark' in key || key.port !== 0 || hasPort(text)) return;
  const [, address = '', port = ''] = /^(.*:.*):(\d+)$/.exec(text) ?? [];
  const written = familyOf(address) === 'inet6' ? `[${address}]:${port}` : `[${key.address}]:PORT`;
  const rule = key.address.includes(':')
    ? `is missing; an IPv6 address with a port has brackets, ${written}`
    : `is missing; write ${key.address}:PORT, or -p for all ports`;
  throw new InputError(rule, text, 'service.port');
}

/** An IPv6 address has several colons without any port, and brackets where one follows. */
function hasPort(text: string): boolean {
  return /^(\[|[^:]*:[^:]*$)/.test(text);
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
  const persistent = given.has('service.persistence.timeout');
  if (!persistent) checkPort(given.get('service')?.operand ?? '', key);
  const persistence = parsePersistence(given, key);
  const state = persistent ? 'persistence' : 'dormantPersistence';
  const spec = Object.assign(key, {
    scheduler: given.get('service.scheduler')?.operand ?? 'wlc',
    flags: parseFlags(given),
    ...(persistence && { [state]: persistence }),
  });
  encodeService(spec);
  return spec;
}

function parseFlags(given: ReadonlyMap<string, ParsedOption>): ServiceFlags {
  const names = (given.get('service.flags')?.operand ?? '').split(',').filter(Boolean);
  for (const name of names) checkFlag(name);
  if (given.has('service.flags.one-packet')) names.push('one-packet');
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** Throws for what is none of the flags that `--sched-flags` sets (`parse_sched_flags`). */
function checkFlag(name: string): void {
  if (name === 'one-packet') throw new InputError('are set with --ops', name, 'service.flags');
  const schedulerFlags = flagNames.filter((flag) => flag !== 'one-packet');
  if (schedulerFlags.includes(name)) return;
  const hint = didYouMean(name, schedulerFlags);
  const known = `must be of ${schedulerFlags.join(', ')}`;
  throw new InputError(hint ? `${known} (${hint})` : known, name, 'service.flags');
}

/** Timeout, mask and engine. */
const persistenceFields = fieldsOf('service.persistence');

/** Whatever is said of persistence: a mask and an engine are stored even where it is not switched on. */
function parsePersistence(given: ReadonlyMap<string, ParsedOption>, key: ServiceKey): Persistence | undefined {
  const [timeout, mask, engine] = persistenceFields.map((field) => given.get(field));
  if (!timeout && !mask && !engine) return undefined;
  return {
    ...(timeout?.operand !== undefined && { timeout: toNumber(timeout.operand) }),
    ...(mask?.operand !== undefined && parseMask(mask.operand, key)),
    ...(engine && { engine: engine.operand }),
  };
}

function parseMask(text: string, key: ServiceKey): Persistence {
  if (familyOfService(key) === 'inet6') return { prefixLength: toNumber(text) };
  const bits = Number(/^\/?(\d{1,2})$/.exec(text)?.[1] ?? 0);
  if (bits === 0) return { netmask: parseInetAton(text) ?? text };
  if (bits > 32) return { netmask: text }; // which is refused as it was written
  const rule = `must be an IPv4 mask; ${bits} bits are ${dotted(-(2 ** (32 - bits)))}`;
  throw new InputError(rule, text, 'service.persistence.netmask');
}
