import { InputError } from '../../errors/input-error.ts';
import { encodeService, type Service } from '../../ipvs/model/service.ts';
import { describeService } from '../../ipvs/model/service-key.ts';
import { assertWritable } from './assert-writable.ts';
import type { FormatOptions } from './options.ts';
import { endpointRule, maskText, type ReverseResolver, schedulerFlagNames } from './wording.ts';

const options: Readonly<Record<string, string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };

/** What names a service: `-t 192.0.2.1:80`, `-f 7 -6`. */
export function serviceWords(service: Service, names?: ReverseResolver): string {
  if ('fwmark' in service) return `-f ${service.fwmark}${service.family === 'inet6' ? ' -6' : ''}`;
  const option = options[service.protocol];
  if (!option) throw inexpressible(service, service.protocol, 'protocol');
  return `${option} ${endpointRule(service, service.protocol, names)}`;
}

/** What sets a service up: `-s wlc -p 300`. */
export function serviceRule(service: Service, { lossless }: FormatOptions): string {
  if (lossless) checkExpressible(service);
  const { scheduler, persistence, dormantPersistence, flags } = service;
  const mask = persistence ?? (lossless ? dormantPersistence : undefined);
  const engine = (persistence ?? dormantPersistence)?.engine;
  const names = schedulerFlagNames(service, lossless);
  return [
    `-s ${scheduler}`,
    ...(persistence ? [`-p ${persistence.timeout}`] : []),
    ...(mask && maskText(mask) ? [`-M ${maskText(mask)}`] : []),
    ...(engine ? [`--pe ${engine}`] : []),
    ...(flags['one-packet'] ? ['-o'] : []),
    ...(names.length > 0 ? [`-b ${names.join(',')}`] : []),
  ].join(' ');
}

function checkExpressible(service: Service): void {
  const { flags, dormantPersistence } = service;
  const stranger = Object.keys(flags).find((flag) => flag.startsWith('#'));
  if (stranger) throw inexpressible(service, stranger, 'flags');
  if (dormantPersistence?.timeout)
    throw inexpressible(service, dormantPersistence.timeout, 'dormantPersistence.timeout');
  assertWritable(
    () => encodeService(service),
    (value, field) => inexpressible(service, value, field),
  );
}

function inexpressible(service: Service, value: unknown, field: string): InputError {
  return new InputError(
    `of ${describeService(service)} cannot be expressed in ipvsadm's syntax`,
    value,
    `service.${field}`,
  );
}
