import type { TableEntry } from '../../../src/ipvs/index.ts';
import { hasOrder } from './order.ts';

/**
 * What ipvsadm 1.31 printed, put right where it is wrong. Beside these defects there is one that no test can wait for: of
 * the connections, packets and rates of a destination it reads 32 bits.
 */
export function corrected(text: string): string {
  return withoutEmptyFlags(withUnsignedMarks(text));
}

/** Firewall marks of 2^31 and more are printed as negative numbers, which ipvsadm itself does not take. */
function withUnsignedMarks(text: string): string {
  const unsigned = (mark: string) => Number(mark) + 2 ** 32;
  return text
    .replace(/^(-[Aa] -f )(-\d+)/gm, (_, option: string, mark: string) => `${option}${unsigned(mark)}`)
    .replace(/^FWM {2}(-\d+)( IPv6)?( {2,})?/gm, (all: string, mark: string, family = '', blanks = '') => {
      const name = `FWM  ${unsigned(mark)}${family}`;
      return blanks ? name.padEnd(all.length) : name; // what stands in a column of its own stays there
    });
}

/** A service whose only flag is `flag-3`, which sh and mh have no name for, is saved with an empty `-b`. */
function withoutEmptyFlags(text: string): string {
  return text.replace(/ -b $/gm, '');
}

/**
 * A listing with its order left out where ipvsadm has none, because it sorts by signed differences of 32 bits: the
 * services, or the destinations of each, then go by their text.
 */
export function withoutOrder(text: string, table: readonly TableEntry[]): string {
  const { services, destinations } = hasOrder(table);
  const blocks = text.split(/^(?! {2}->|-a )/m).map((block) => {
    const [first = '', ...rest] = block.split(/(?<=\n)/);
    return [first, ...(destinations ? rest : rest.sort())].join('');
  });
  return (services ? blocks : blocks.sort()).join('');
}
