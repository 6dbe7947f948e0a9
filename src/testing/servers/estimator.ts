/** Connections, incoming packets, outgoing packets, incoming bytes, outgoing bytes, in the order of `struct ip_vs_kstats`. */
export type Counters = readonly [bigint, bigint, bigint, bigint, bigint];

export const noCounters: Counters = [0n, 0n, 0n, 0n, 0n];

/** Rates are fixed-point numbers: the shift of a rate over 2 seconds, of the reported value, and what rounds it. */
const packets = { rate: 9n, shift: 10n, round: 0x1ffn };
const bytes = { rate: 4n, shift: 5n, round: 0xfn };
const scales = [packets, packets, packets, bytes, bytes] as const;

/**
 * The statistics of a service or destination. Traffic counts at once, but what is reported, totals and rates, is what
 * the estimator saw last (net/netfilter/ipvs/ip_vs_est.c).
 */
export class Estimator {
  #counted: Counters = noCounters;
  #summed: Counters = noCounters;
  #zero: Counters = noCounters;
  #last: Counters = noCounters;
  #averages: Counters = noCounters;

  count(traffic: Counters): void {
    this.#counted = sum(this.#counted, traffic);
  }

  /**
   * The estimator's turn, every 2 seconds (ip_vs_est.c, ip_vs_chain_estimation).
   * @returns whether anything changed; if not, nothing will before something is counted
   */
  estimate(): boolean {
    const before = [...this.#summed, ...this.#averages];
    this.#summed = this.#counted;
    const rates = map((i) => (this.#summed[i] - this.#last[i]) << scales[i].rate);
    this.#averages = map((i) => this.#averages[i] + ((rates[i] - this.#averages[i]) >> 2n));
    this.#last = this.#summed;
    return [...this.#summed, ...this.#averages].some((value, i) => value !== before[i]);
  }

  /** Makes the totals reported last the new zero (ip_vs_ctl.c, ip_vs_zero_stats). */
  zero(): void {
    this.#zero = this.#summed;
    this.#last = this.#summed;
    this.#averages = noCounters;
  }

  /** Five totals and five rates, in the order of `IPVS_STATS_ATTR_*` (ip_vs_est.c, ip_vs_read_estimator). */
  report(): readonly bigint[] {
    const totals = map((i) => this.#summed[i] - this.#zero[i]);
    const rates = map((i) => (this.#averages[i] + scales[i].round) >> scales[i].shift);
    return [...totals, ...rates];
  }
}

export function sum(one: Counters, other: Counters): Counters {
  return map((i) => one[i] + other[i]);
}

function map(counter: (index: 0 | 1 | 2 | 3 | 4) => bigint): Counters {
  return [counter(0), counter(1), counter(2), counter(3), counter(4)];
}
