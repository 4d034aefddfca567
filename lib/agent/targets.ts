/**
 * Which of a gateway's addresses a cycle asks, and what its end teaches about
 * them.
 *
 * @module
 */
import { type Family, familyOf } from "../address.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { Endpoint } from "../world.ts";

/** What is known of where a gateway is. */
export interface Whereabouts {
  /** The addresses that the resolver gave last, of whichever family; none before its first answer. */
  readonly hosts: readonly string[];
  /** The address that answered last; `null` before. */
  readonly answered: string | null;
  /** The family to go on with; `null` for that of the first address. */
  readonly family: Family | null;
  /** Tries since the last answer. */
  readonly missed: number;
}

/** Where a gateway is whose name, or one address, is all that is known. */
export function unknownWhereabouts(host: string): Whereabouts {
  const hosts = familyOf(host) === null ? [] : [host];
  return { hosts, answered: null, family: null, missed: 0 };
}

/**
 * The addresses that a cycle's tries go round, all of one family; none if none
 * is known of a family that is allowed. What answered last comes first as long
 * as the resolver names it, or does not answer at all; after a fault those of its
 * answer come first that were not asked last.
 */
export function targetsOf(
  { hosts, answered, family, missed }: Whereabouts,
  { allowed, isFresh }: {
    /** The family that may be used. */
    readonly allowed: Family | "auto";
    /** Whether the resolver has just given these addresses. */
    readonly isFresh: boolean;
  },
): readonly string[] {
  const isGood = answered !== null && (!isFresh || hosts.includes(answered));
  const all = isGood
    ? [answered, ...hosts.filter((host) => host !== answered)]
    : hosts;
  const usable = all.filter((host) =>
    allowed === "auto" || familyOf(host) === allowed
  );
  const preferred = usable.filter((host) =>
    familyOf(host) === (family ?? familyOf(usable[0]!))
  );
  const targets = preferred.length > 0 ? preferred : usable;
  const turn = isFresh ? missed % Math.max(1, targets.length) : 0;
  return [...targets.slice(turn), ...targets.slice(0, turn)];
}

/** What a verdict that was reached at an address after so many tries adds; nothing if there was no address to ask. */
export function learn(
  before: Whereabouts,
  { verdict, address }: {
    readonly verdict: Verdict;
    readonly address: Endpoint | null;
  },
  tries: number,
): Whereabouts {
  if (address === null) return before;
  const family = familyOf(address.host);
  if (classOf(verdict) !== "fault") {
    return { ...before, answered: address.host, family, missed: 0 };
  }
  const other = family === "6" ? "4" : "6";
  return { ...before, family: other, missed: before.missed + tries };
}
