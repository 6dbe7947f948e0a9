import { HASHED } from '../../ipvs/model/flags.ts';
import type { Attributes } from '../netlink/attributes.ts';
import { Refused } from '../netlink/refused.ts';
import { AF_INET6 } from '../servers/address.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';
import type { Namespace } from '../state/namespace.ts';
import { type ServiceSetup, VirtualService } from '../state/virtual-service.ts';
import { type NamedService, parseService, parseServiceSetup } from './parse-service.ts';

/** The attributes of a command, by the names of their rows. */
export type CommandAttributes = Attributes<'service' | 'destination' | 'daemon' | 'tcp' | 'tcpFin' | 'udp'>;

/** A Maglev table of a service holds no more destinations (net/netfilter/ipvs/ip_vs_mh.c, ip_vs_mh_init_svc). */
const MAGLEV_DESTINATIONS = 4093;

/** NEW_SERVICE (ip_vs_ctl.c, ip_vs_add_service). */
export function newService(namespace: Namespace, request: CommandAttributes): void {
  const named = parseService(namespace, request.service);
  const setup = parseServiceSetup(named);
  if (named.service) throw new Refused('EEXIST');
  checkSetup(namespace, named.identity, setup);
  namespace.addService(new VirtualService(named.identity, hashed(setup)));
}

/** SET_SERVICE (ip_vs_ctl.c, ip_vs_edit_service). */
export function setService(namespace: Namespace, request: CommandAttributes): void {
  const named = parseService(namespace, request.service);
  const setup = parseServiceSetup(named);
  const service = existing(named);
  checkSetup(namespace, named.identity, setup);
  if (setup.scheduler === 'mh' && service.scheduler !== 'mh' && service.destinations.size > MAGLEV_DESTINATIONS)
    throw new Refused('EINVAL');
  namespace.updateService(service, hashed(setup));
}

/** DEL_SERVICE (ip_vs_ctl.c, ip_vs_del_service). */
export function delService(namespace: Namespace, request: CommandAttributes): void {
  namespace.removeService(existingService(namespace, request));
}

/** FLUSH (ip_vs_ctl.c, ip_vs_flush). */
export function flush(namespace: Namespace): void {
  for (const service of namespace.services.list()) namespace.removeService(service);
}

/** ZERO, of one service or of everything (ip_vs_ctl.c, ip_vs_zero_service and ip_vs_zero_all). */
export function zero(namespace: Namespace, request: CommandAttributes): void {
  if (request.service) existingService(namespace, request).zero();
  else {
    for (const service of namespace.services.list()) service.zero();
    namespace.totals.zero();
  }
}

/** The service that a command is about. Throws Refused when there is none. */
export function existingService(namespace: Namespace, { service }: CommandAttributes): VirtualService {
  return existing(parseService(namespace, service));
}

function existing({ service }: NamedService): VirtualService {
  if (!service) throw new Refused('ESRCH');
  return service;
}

function checkSetup(namespace: Namespace, { family }: ServiceIdentity, setup: ServiceSetup): void {
  const { scheduler, engine, netmask } = setup;
  if (scheduler !== 'none') namespace.loadScheduler(scheduler);
  if (engine !== '' && !namespace.modules.engines.has(engine)) throw new Refused('ENOENT');
  if (family === AF_INET6 && (netmask < 1 || netmask > 128)) throw new Refused('EINVAL');
}

/** The kernel's own flag is always set. */
function hashed(setup: ServiceSetup): ServiceSetup {
  return { ...setup, flags: (setup.flags | HASHED) >>> 0 };
}
