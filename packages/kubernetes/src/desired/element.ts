import type { Elements } from '../nftables/elements.ts';

/** An element of one of the sets that the packet filter's rules look up. */
export type Element = {
  [Set in keyof Elements]: { readonly set: Set; readonly value: Elements[Set][number] };
}[keyof Elements];

/** The identity of an element: what is equal has the same. */
export function elementId({ set, value }: Element): string {
  if (typeof value === 'string') return `${set} ${value}`;
  const { protocol, address, port } = value;
  const more = 'mark' in value ? ` ${value.mark}` : 'sources' in value ? ` ${value.sources.join(' ')}` : '';
  return `${set} ${protocol} ${address} ${port}${more}`;
}

/** Elements by their sets. */
export function groupElements(elements: Iterable<Element>): Elements {
  const sets: { [Set in keyof Elements]: Elements[Set][number][] } = {
    pods: [],
    vips: [],
    services: [],
    masqueradeFromOutside: [],
    masqueradeFromNode: [],
    masquerade: [],
    hairpins: [],
    restricted: [],
    marks: [],
  };
  for (const { set, value } of elements) (sets[set] as unknown[]).push(value);
  return sets;
}
