import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import {
  checkFamilies,
  checkThresholds,
  type Destination,
  type DestinationFields,
  type DestinationOptions,
  type DestinationSpec,
  MAX_INT,
} from './destination.ts';
import { encodeForwarding, sameForwarding } from './forwarding.ts';

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

/**
 * The patch that makes a destination as wanted; undefined when it is so already. Pure.
 * @param wanted the whole of what is wanted, which must be valid: what is left out is wanted with its default
 * @param kept settings that may differ
 */
export function diffDestination(
  current: Destination,
  wanted: DestinationSpec,
  kept: readonly string[] = [],
): DestinationPatch | undefined {
  const { forwarding = 'masquerade', weight = 1, upperThreshold = 0, lowerThreshold = 0 } = wanted;
  const sameNumbers =
    weight === current.weight && upperThreshold === current.upperThreshold && lowerThreshold === current.lowerThreshold;
  if (sameNumbers && sameForwarding(forwarding, current.forwarding)) return undefined;
  const patch: { -readonly [Name in keyof DestinationPatch]: DestinationPatch[Name] } = {};
  if (!sameForwarding(forwarding, current.forwarding)) patch.forwarding = forwarding;
  if (weight !== current.weight) patch.weight = weight;
  if (upperThreshold !== current.upperThreshold) patch.upperThreshold = upperThreshold;
  if (lowerThreshold !== current.lowerThreshold) patch.lowerThreshold = lowerThreshold;
  for (const setting of kept) if (setting in patch) delete patch[setting as keyof DestinationPatch];
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function checked(option: string, value: unknown): number {
  return assertInteger(`destination.${option}`, value, 0, MAX_INT);
}
