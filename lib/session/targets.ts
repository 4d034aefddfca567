/**
 * Which of a gateway's addresses a cycle asks, and what its end teaches about
 * them. A name's answers can't be trusted once nobody is logged in: captive
 * networks answer every name with their portal then, or not at all. So the
 * address that answered last is asked, too.
 *
 * @module
 */
import { type Family, familyOf, isName, isPath } from "../address.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { Endpoint, Fault } from "../world.ts";

/** Cycles in a row in which none of a name's own addresses answered. */
export interface Silence {
  /** The name's own addresses then. */
  readonly hosts: readonly string[];
  /** How many, at least 1. */
  readonly cycles: number;
  /** When the first of them began, in monotonic ms. */
  readonly since: number;
}

/** What is known of where a gateway is. */
export interface Resolution {
  /** The name's own addresses, as the resolver returned them last; none before its first answer. */
  readonly hosts: readonly string[];
  /** The address that answered validly last; `null` before. */
  readonly answered: string | null;
  /** Tries since the last answer. */
  readonly missed: number;
  /** For how long the name's own addresses have been silent; `null` if they were not, or not asked. */
  readonly silence: Silence | null;
}

/** What is known of a gateway at first: its name, or its one address. */
export function unknownResolution(host: string): Resolution {
  const hosts = isName(host) ? [] : [host];
  return { hosts, answered: null, missed: 0, silence: null };
}

/**
 * The addresses that a cycle's tries go round; none if none is known of a
 * family that is allowed. They take turns by family, so that a family whose
 * packets are swallowed costs a try and not the verdict. What answered last
 * comes first, or last if the name has it no more. If they are more than a
 * cycle's `tries`, a cycle goes on where the one before stopped. It always asks
 * what answered last, however many addresses the resolver returns.
 */
export function targetsOf(
  { hosts, answered, missed }: Resolution,
  { allowed, tries }: {
    /** The family that may be used. */
    readonly allowed: Family | "auto";
    /** How many tries a cycle makes. */
    readonly tries: number;
  },
): readonly string[] {
  const isUsable = (host: string) =>
    allowed === "auto" || familyOf(host) === allowed || isPath(host);
  const own = hosts.filter(isUsable);
  const known = answered !== null && isUsable(answered) ? [answered] : [];
  const isOwn = known.some((host) => own.includes(host));
  const ordered = isOwn
    ? [...known, ...own.filter((host) => host !== answered)]
    : own;
  const targets = alternate(ordered).concat(isOwn ? [] : known);
  if (targets.length <= tries) return targets;
  // With one try there is no room for it in each cycle.
  const fixed = tries > 1 ? known : [];
  const others = targets.filter((host) => !fixed.includes(host));
  const places = tries - fixed.length;
  const turn = Math.floor(missed / tries) * places % others.length;
  const turned = [...others.slice(turn), ...others.slice(0, turn)];
  return isOwn
    ? [...fixed, ...turned]
    : [...turned.slice(0, places), ...fixed, ...turned.slice(places)];
}

/** Takes one of each family in turn, that of the first one first. */
function alternate(hosts: readonly string[]): string[] {
  const first = hosts.filter((host) => familyOf(host) === familyOf(hosts[0]!));
  const other = hosts.filter((host) => !first.includes(host));
  if (other.length === 0) return first;
  const pairs = Math.max(first.length, other.length);
  return Array.from({ length: pairs }, (_, k) => [
    ...first.slice(k, k + 1),
    ...other.slice(k, k + 1),
  ]).flat();
}

/**
 * The address whose death replies don't count: the name has it no more, and its
 * own addresses have not been silent for two cycles in a row and for an interval
 * yet. A gateway that really moved says nothing about today's session.
 */
export function doubtfulHost(
  { hosts, answered, silence }: Resolution,
  { now, interval }: { readonly now: number; readonly interval: number },
): string | null {
  const isFormer = answered !== null && hosts.length > 0 &&
    !hosts.includes(answered);
  if (!isFormer) return null;
  const isSilent = silence !== null && silence.cycles >= 2 &&
    now - silence.since >= interval;
  return isSilent ? null : answered;
}

/** A name's addresses without `0.0.0.0` and `::`, which mean this very machine: filters of names answer so for what they block, and a refusal here is no word of the peer's. */
export function withoutNobody(
  name: string,
  hosts: readonly string[],
): readonly string[] | Fault {
  const own = hosts.filter((host) => host !== "0.0.0.0" && host !== "::");
  if (own.length > 0) return own;
  return {
    code: "ENODATA",
    message: `the resolver answers ${
      hosts.join(" and ")
    } for ${name}, nobody's address: does a filter block the name?`,
  };
}

/** What is known after an answer of the resolver. The silence of other addresses says nothing about a new one. */
export function resolve(
  before: Resolution,
  hosts: readonly string[],
): Resolution {
  const silent = before.silence?.hosts ?? [];
  const isKnown = hosts.every((host) => silent.includes(host));
  return { ...before, hosts, silence: isKnown ? before.silence : null };
}

/** What the end of a cycle says about addresses. */
export interface TargetsEnd {
  /** What it found out. */
  readonly verdict: Verdict;
  /** The address that answered, else the last one sent to; `null` if there was none to ask. */
  readonly address: Endpoint | null;
  /** When it began, in monotonic ms. */
  readonly since: number;
  /** How many tries it made. */
  readonly tries: number;
  /** The addresses that were asked. */
  readonly asked: readonly string[];
  /** Those that may have said something, though nothing that tells what became of the session. */
  readonly heard: readonly string[];
}

/** What is known after one more cycle. */
export function learn(before: Resolution, end: TargetsEnd): Resolution {
  const { verdict, address, since, tries, asked, heard } = end;
  if (address === null) return before;
  const hasAnswered = classOf(verdict) !== "fault";
  const host = askedFor(address.host, before, asked);
  const known = {
    ...before,
    answered: hasAnswered ? host ?? before.answered : before.answered,
    missed: hasAnswered ? 0 : before.missed + tries,
  };
  const isOwn = (host: string) => before.hosts.includes(host);
  if (hasAnswered && (host === null || isOwn(host))) {
    return { ...known, silence: null };
  }
  if (!asked.some(isOwn)) return known;
  // Somebody is there, even if the answers are of no use.
  if (heard.some(isOwn)) return { ...known, silence: null };
  // What could not be asked may be there.
  if (verdict === "unsendable" || verdict === "unresolved") return known;
  const silence = {
    hosts: before.silence?.hosts ?? before.hosts,
    cycles: (before.silence?.cycles ?? 0) + 1,
    since: before.silence?.since ?? since,
  };
  return { ...known, silence };
}

/** The address that was asked when this one answered (see `reply_from`); `null` if it could be one of several. */
function askedFor(
  host: string,
  { hosts, answered }: Resolution,
  asked: readonly string[],
): string | null {
  const known = [...new Set([...asked, ...hosts, answered])];
  if (known.includes(host)) return host;
  const all = new Set(asked.length > 0 ? asked : hosts);
  return all.size === 1 ? [...all][0]! : null;
}
