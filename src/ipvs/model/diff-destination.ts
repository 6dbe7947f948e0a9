import type { Destination, DestinationSpec } from './destination.ts';
import type { DestinationPatch } from './destination-patch.ts';
import { sameForwarding } from './forwarding.ts';

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
