import { InputError } from '../errors/input-error.ts';
import { didYouMean } from '../errors/known-properties.ts';
import { assertObject } from '../errors/validate.ts';
import type { OperationOptions } from '../linux/operation-options.ts';
import type { IpvsClient } from './client/ipvs-client.ts';
import type { DaemonSpec, DaemonState } from './model/daemon.ts';
import type { DestinationKey, DestinationSpec } from './model/destination.ts';
import type { DestinationPatch } from './model/destination-patch.ts';
import type { ServiceSpec } from './model/service.ts';
import type { ServiceKey } from './model/service-key.ts';
import type { ServicePatch } from './model/service-patch.ts';
import type { Timeouts } from './model/timeouts.ts';

/**
 * A change of a table as a value: what a rules file is parsed to, and what {@link applyChange} carries out. `type` is the
 * name of the {@link Ipvs} method that does it, the other properties are what it takes. Further properties, such as the
 * line of a rule, are passed over.
 */
export type Change =
  | {
      /** Adds a service, or replaces everything that one is set up with. */
      readonly type: 'addService' | 'updateService';
      /** The service as it is to be. */
      readonly service: ServiceSpec;
    }
  | {
      /** Changes what is named of a service. */
      readonly type: 'patchService';
      /** The service. */
      readonly service: ServiceKey;
      /** What changes. */
      readonly patch: ServicePatch;
    }
  | {
      /** Removes a service and its destinations. */
      readonly type: 'removeService';
      /** The service. */
      readonly service: ServiceKey;
    }
  | {
      /** Adds a destination, or replaces everything that one is set up with. */
      readonly type: 'addDestination' | 'updateDestination';
      /** The service of the destination. */
      readonly service: ServiceKey;
      /** The destination as it is to be. */
      readonly destination: DestinationSpec;
    }
  | {
      /** Changes what is named of a destination. */
      readonly type: 'patchDestination';
      /** The service of the destination. */
      readonly service: ServiceKey;
      /** The destination. */
      readonly destination: DestinationKey;
      /** What changes. */
      readonly patch: DestinationPatch;
    }
  | {
      /** Removes a destination. */
      readonly type: 'removeDestination';
      /** The service of the destination. */
      readonly service: ServiceKey;
      /** The destination. */
      readonly destination: DestinationKey;
    }
  | {
      /** Removes everything. */
      readonly type: 'flush';
    }
  | {
      /** Sets counters to zero. */
      readonly type: 'zero';
      /** The service whose counters they are. Default: all services. */
      readonly service?: ServiceKey | undefined;
    }
  | {
      /** Changes timeouts. */
      readonly type: 'setTimeouts';
      /** Timeouts that are left out stay; with none nothing is done. */
      readonly timeouts: Partial<Timeouts>;
    }
  | {
      /** Starts a sync daemon. */
      readonly type: 'startDaemon';
      /** The daemon. */
      readonly daemon: DaemonSpec;
    }
  | {
      /** Stops a sync daemon. */
      readonly type: 'stopDaemon';
      /** Which of the two. */
      readonly state: DaemonState;
    };

const TYPES: readonly Change['type'][] = [
  'addService',
  'updateService',
  'patchService',
  'removeService',
  'addDestination',
  'updateDestination',
  'patchDestination',
  'removeDestination',
  'flush',
  'zero',
  'setTimeouts',
  'startDaemon',
  'stopDaemon',
];

/**
 * Carries out a change. Many at once are `await Promise.all(changes.map((change) => applyChange(ipvs, change)))`: calls
 * of one tick travel to the kernel together and are carried out in order. Rejects as the methods of {@link Ipvs} do.
 * @example
 * ```ts
 * const changes: Change[] = [
 *   { type: 'addService', service: { fwmark: 7, scheduler: 'rr' } },
 *   { type: 'addDestination', service: { fwmark: 7 }, destination: { address: '10.0.0.5', port: 0 } },
 * ];
 * await Promise.all(changes.map((change) => applyChange(ipvs, change)));
 * ```
 */
export function applyChange(ipvs: IpvsClient, change: Change, options?: OperationOptions): Promise<void> {
  try {
    assertObject('change', change);
    return call(ipvs, change, options);
  } catch (error) {
    return Promise.reject(error);
  }
}

function call(ipvs: IpvsClient, change: Change, options: OperationOptions | undefined): Promise<void> {
  switch (change.type) {
    case 'addService':
    case 'updateService':
      return ipvs[change.type](change.service, options);
    case 'patchService':
      return ipvs.patchService(change.service, change.patch, options);
    case 'removeService':
      return ipvs.removeService(change.service, options);
    case 'addDestination':
    case 'updateDestination':
      return ipvs[change.type](change.service, change.destination, options);
    case 'patchDestination':
      return ipvs.patchDestination(change.service, change.destination, change.patch, options);
    case 'removeDestination':
      return ipvs.removeDestination(change.service, change.destination, options);
    case 'flush':
      return ipvs.flush(options);
    case 'zero':
      return ipvs.zero(change.service, options);
    case 'setTimeouts':
      return setTimeouts(ipvs, change.timeouts, options);
    case 'startDaemon':
      return ipvs.startDaemon(change.daemon, options);
    case 'stopDaemon':
      return ipvs.stopDaemon(change.state, options);
    default:
      throw unknownType((change as { readonly type: unknown }).type);
  }
}

/** ipvsadm's `--set 0 0 0` changes nothing; the method refuses an empty object, which is more likely a mistake. */
function setTimeouts(
  ipvs: IpvsClient,
  timeouts: Partial<Timeouts>,
  options: OperationOptions | undefined,
): Promise<void> {
  assertObject('timeouts', timeouts);
  return Object.keys(timeouts).length > 0 ? ipvs.setTimeouts(timeouts, options) : Promise.resolve();
}

function unknownType(type: unknown): InputError {
  const hint = typeof type === 'string' ? didYouMean(type, TYPES) : undefined;
  return new InputError(`is no type of change${hint ? ` (${hint})` : ''}`, type, 'change.type');
}
