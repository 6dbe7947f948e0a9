import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import {
  checkFamilies,
  checkThresholds,
  type DestinationFields,
  type DestinationOptions,
  MAX_INT,
} from './destination.ts';
import { encodeForwarding } from './forwarding.ts';

/** Options of a destination to change; what is not named stays. A forwarding is replaced as a whole. */
export type DestinationPatch = DestinationOptions;

/** A copy of a patch; a class as those of the queue (client/path-queue.ts). */
class DestinationPatchCopy implements DestinationPatch {
  readonly forwarding: DestinationPatch['forwarding'];
  readonly weight: DestinationPatch['weight'];
  readonly upperThreshold: DestinationPatch['upperThreshold'];
  readonly lowerThreshold: DestinationPatch['lowerThreshold'];

  constructor(
    forwarding: DestinationPatch['forwarding'],
    weight: DestinationPatch['weight'],
    upperThreshold: DestinationPatch['upperThreshold'],
    lowerThreshold: DestinationPatch['lowerThreshold'],
  ) {
    this.forwarding = typeof forwarding === 'object' ? { ...forwarding } : forwarding;
    this.weight = weight;
    this.upperThreshold = upperThreshold;
    this.lowerThreshold = lowerThreshold;
  }
}

/** A copy of a patch. Throws InputError for what no destination with this key could be set to. */
export function copyDestinationPatch(
  key: DestinationFields,
  patch: DestinationPatch,
  serviceFamily: string,
): DestinationPatch {
  assertKnownProperties('destination', patch, ['forwarding', 'weight', 'upperThreshold', 'lowerThreshold']);
  const { forwarding, weight, upperThreshold, lowerThreshold } = patch;
  if (forwarding !== undefined) checkFamilies({ ...key, ...encodeForwarding(forwarding) }, serviceFamily);
  if (weight !== undefined) checked('weight', weight);
  if (upperThreshold !== undefined) checked('upperThreshold', upperThreshold);
  if (lowerThreshold !== undefined) checked('lowerThreshold', lowerThreshold);
  if (upperThreshold !== undefined && lowerThreshold !== undefined)
    checkThresholds({ ...key, upperThreshold, lowerThreshold });
  return new DestinationPatchCopy(forwarding, weight, upperThreshold, lowerThreshold);
}

/** The settings of a destination with a patch applied, attributes unknown to the tables included. Throws InputError. */
export function patchDestination(
  current: DestinationFields,
  patch: DestinationPatch,
  serviceFamily: string,
): DestinationFields {
  const { forwarding, weight, upperThreshold, lowerThreshold } = patch;
  const patched = { ...current };
  if (forwarding !== undefined) {
    const way = encodeForwarding(forwarding);
    patched.forwarding = way.forwarding;
    patched.tunnelType = way.tunnelType;
    patched.tunnelPort = way.tunnelPort;
    patched.tunnelChecksum = way.tunnelChecksum;
  }
  if (weight !== undefined) patched.weight = checked('weight', weight);
  if (upperThreshold !== undefined) patched.upperThreshold = checked('upperThreshold', upperThreshold);
  if (lowerThreshold !== undefined) patched.lowerThreshold = checked('lowerThreshold', lowerThreshold);
  checkThresholds(patched);
  checkFamilies(patched, serviceFamily);
  return patched;
}

function checked(option: string, value: unknown): number {
  return assertInteger(`destination.${option}`, value, 0, MAX_INT);
}
