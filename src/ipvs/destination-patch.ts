import { integer, object, onlyKnown } from './check.ts';
import {
  checkFamilies,
  checkThresholds,
  type DestinationFields,
  type DestinationOptions,
  MAX_INT,
} from './destination.ts';
import { writeForwarding } from './forwarding.ts';

/** What to change of a destination; what is not named stays. A forwarding is replaced as a whole. */
export type DestinationPatch = DestinationOptions;

/** The attributes of a destination with a patch applied, those unknown to the tables included. Throws InputError. */
export function patchDestination(
  current: DestinationFields,
  patch: DestinationPatch,
  serviceFamily: string,
): DestinationFields {
  object('destination', patch);
  onlyKnown('destination', patch, ['forwarding', 'weight', 'upperThreshold', 'lowerThreshold']);
  const {
    activeConnections: _a,
    inactiveConnections: _i,
    persistentConnections: _p,
    statistics: _s,
    ...kept
  } = current;
  const { forwarding } = patch;
  const patched = { ...kept, ...(forwarding !== undefined && writeForwarding(forwarding)) };
  for (const option of ['weight', 'upperThreshold', 'lowerThreshold'] as const) {
    const value = patch[option];
    if (value !== undefined) patched[option] = integer(`destination.${option}`, value, 0, MAX_INT);
  }
  checkThresholds(patched);
  checkFamilies(patched, serviceFamily);
  return patched;
}
