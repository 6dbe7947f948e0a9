import type { ObjectReference } from '../../objects/object.ts';
import type { Problem, ProblemReason } from '../../objects/problem.ts';

/** A Service that claims something. */
export interface Claimant extends ObjectReference {
  readonly kind: 'Service';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Something of which there can be only one: an address with protocol and port, a firewall mark, a health check's port. */
export interface Claim {
  readonly id: string;
  readonly claimant: Claimant;
  /** What it is, for messages: `TCP port 80`. */
  readonly subject: string;
  /** The field that makes the claim, which is told of where another Service wins. */
  readonly field: string;
  readonly value: unknown;
  readonly conflict: ProblemReason;
  /** Whether the cluster has allotted it to the claimant alone, as it does cluster IPs and node ports. */
  readonly isAllotted?: boolean;
}

/**
 * Claims of all Services; of several claims to the same the one to whom it was allotted wins, otherwise the oldest Service's, as
 * the first to come would.
 */
export class Claims<T extends Claim> {
  readonly #byId = new Map<string, T[]>();

  add(claim: T): void {
    const claims = this.#byId.get(claim.id);
    if (!claims) this.#byId.set(claim.id, [claim]);
    else {
      claims.push(claim);
      claims.sort(compareClaims);
    }
  }

  remove(claim: T): void {
    const claims = this.#byId.get(claim.id);
    if (!claims) return;
    const left = claims.filter((each) => each !== claim);
    if (left.length > 0) this.#byId.set(claim.id, left);
    else this.#byId.delete(claim.id);
  }

  /** All claims to the same, the winner's first. */
  all(id: string): readonly T[] {
    return this.#byId.get(id) ?? [];
  }
}

function compareClaims(a: Claim, b: Claim): number {
  return Number(b.isAllotted ?? false) - Number(a.isAllotted ?? false) || compareClaimants(a.claimant, b.claimant);
}

/** The older first; then by namespace and name. */
function compareClaimants(a: Claimant, b: Claimant): number {
  // Both may be infinite, whose difference is no number.
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return compareTexts(a.namespace, b.namespace) || compareTexts(a.name, b.name);
}

/** By code units, which is the same everywhere. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the Services are told whose claims to the same did not win. */
export function conflictsOf([winner, ...losers]: readonly Claim[]): Problem[] {
  return losers.map(({ claimant, subject, field, value, conflict: reason, isAllotted }) => {
    const { kind, namespace, name, uid } = claimant;
    const first = `${winner?.claimant.namespace}/${winner?.claimant.name}`;
    const why =
      winner?.isAllotted && !isAllotted ? `it is allotted to Service ${first}` : `Service ${first} had it first`;
    const rule = `must have ${subject} for itself, but ${why}`;
    return { reason, object: { kind, namespace, name, uid }, field, value, rule };
  });
}
