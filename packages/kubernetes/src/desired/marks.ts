/** The first and the last firewall mark that may be used. */
export type MarkRange = readonly [first: number, last: number];

/** What a kube-proxy beside the agent masquerades by (`iptables.masqueradeBit` 14): a mark with it would be taken for that wish. */
const KUBE_PROXY_BIT = 0x4000;

/** How many marks of a range lack the bit. */
export function countMarks([first, last]: MarkRange): number {
  return countBelow(last + 1) - countBelow(first);
}

/** The mark of a range that stands at this place among those that lack the bit. */
export function markAt([first]: MarkRange, place: number): number {
  const rank = countBelow(first) + place;
  return Math.floor(rank / KUBE_PROXY_BIT) * 2 * KUBE_PROXY_BIT + (rank % KUBE_PROXY_BIT);
}

function countBelow(mark: number): number {
  const whole = Math.floor(mark / (2 * KUBE_PROXY_BIT)) * KUBE_PROXY_BIT;
  return whole + Math.min(mark % (2 * KUBE_PROXY_BIT), KUBE_PROXY_BIT);
}
