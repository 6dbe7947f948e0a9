import type { IpvsClient } from './client/ipvs-client.ts';
import type { DaemonSpec, DaemonState } from './model/daemon.ts';
import type { DestinationKey, DestinationSpec } from './model/destination.ts';
import type { DestinationPatch } from './model/destination-patch.ts';
import type { ServiceSpec } from './model/service.ts';
import type { ServiceKey } from './model/service-key.ts';
import type { ServicePatch } from './model/service-patch.ts';
import type { Timeouts } from './model/timeouts.ts';

/** A change of a table as a value; `type` is the name of the {@link Ipvs} method that carries it out. */
export type Change =
  | { readonly type: 'addService' | 'updateService'; readonly service: ServiceSpec }
  | { readonly type: 'patchService'; readonly service: ServiceKey; readonly patch: ServicePatch }
  | { readonly type: 'removeService'; readonly service: ServiceKey }
  | {
      readonly type: 'addDestination' | 'updateDestination';
      readonly service: ServiceKey;
      readonly destination: DestinationSpec;
    }
  | {
      readonly type: 'patchDestination';
      readonly service: ServiceKey;
      readonly destination: DestinationKey;
      readonly patch: DestinationPatch;
    }
  | { readonly type: 'removeDestination'; readonly service: ServiceKey; readonly destination: DestinationKey }
  | { readonly type: 'flush' }
  /** Without a service: all of them. */
  | { readonly type: 'zero'; readonly service?: ServiceKey | undefined }
  /** Timeouts that are left out stay. */
  | { readonly type: 'setTimeouts'; readonly timeouts: Partial<Timeouts> }
  | { readonly type: 'startDaemon'; readonly daemon: DaemonSpec }
  | { readonly type: 'stopDaemon'; readonly state: DaemonState };

/**
 * Carries out a change. Many at once are `await Promise.all(changes.map((change) => applyChange(ipvs, change)))`: calls
 * of one tick travel to the kernel together and are carried out in order. Rejects as the methods of {@link Ipvs} do.
 */
export function applyChange(ipvs: IpvsClient, change: Change): Promise<void> {
  switch (change.type) {
    case 'addService':
    case 'updateService':
      return ipvs[change.type](change.service);
    case 'patchService':
      return ipvs.patchService(change.service, change.patch);
    case 'removeService':
      return ipvs.removeService(change.service);
    case 'addDestination':
    case 'updateDestination':
      return ipvs[change.type](change.service, change.destination);
    case 'patchDestination':
      return ipvs.patchDestination(change.service, change.destination, change.patch);
    case 'removeDestination':
      return ipvs.removeDestination(change.service, change.destination);
    case 'flush':
      return ipvs.flush();
    case 'zero':
      return ipvs.zero(change.service);
    case 'setTimeouts':
      // ipvsadm's `--set 0 0 0` changes nothing; the method refuses an empty object, which is more likely a mistake.
      return Object.keys(change.timeouts).length > 0 ? ipvs.setTimeouts(change.timeouts) : Promise.resolve();
    case 'startDaemon':
      return ipvs.startDaemon(change.daemon);
    case 'stopDaemon':
      return ipvs.stopDaemon(change.state);
  }
}
