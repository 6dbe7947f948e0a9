import { describeService } from 'ipvs';
import type { Element } from '../desired/index.ts';
import { familyOf } from '../objects/address.ts';

/**
 * The virtual services that a member of a set stands for: IPVS has no labels, so what the sets name is what the agent has
 * made, and it says so after a restart as well.
 */
export function recordedServices(element: Element): string[] {
  if (element.set === 'services') return [describeService(element.value)];
  if (element.set !== 'marks') return [];
  const { mark, address } = element.value;
  return [describeService({ fwmark: mark, family: familyOf(address) ?? 'inet' })];
}

/** Members that must go with others that come, because a set holds one of each address and port. */
export function replacedBy(added: readonly Element[], surplus: readonly Element[]): Element[] {
  const places = new Set(added.map(placeOf));
  return surplus.filter((element) => places.has(placeOf(element)));
}

function placeOf({ set, value }: Element): string {
  return typeof value === 'string' ? `${set} ${value}` : `${set} ${value.protocol} ${value.address} ${value.port}`;
}
