/**
 * What a protocol is: a file of its own, pure, that says how a gateway is asked
 * for a sign of life, what its bytes mean, and which settings that takes.
 *
 * @module
 */
import type { SettingsTable } from "../setting.ts";

/** What a valid reply says about the session. */
export type Reply = "alive" | "dead";

/** When a request is made. */
export interface Occasion {
  /** The wall-clock time in ms since 1970. */
  readonly wallTime: number;
  /** Which of its cycle's requests it is, from 0. */
  readonly attempt: number;
  /** Chance, from 0 up to 1. */
  readonly random: number;
}

/** What a datagram turned out to be: a reply, to the request with the number `answers` among those that its socket sent if that is known; or the name of one of the protocol's flaws. */
export type Judgement =
  | { readonly reply: Reply; readonly answers?: number }
  | { readonly flaw: string };

/** A session's heartbeat in some protocol. */
export interface Heartbeat {
  /** How long the longest valid reply is, in bytes. */
  readonly longestReply: number;
  /** Makes a request: all bytes of a datagram. */
  request(occasion: Occasion): Uint8Array;
  /** Judges any bytes at all, against the requests that their socket sent; never throws. The sender's address is not its business. */
  judge(datagram: Uint8Array, requests: readonly Uint8Array[]): Judgement;
  /** Tells for each byte of any datagram whether nobody is to see it, since it may be part of an identity or a key. */
  secrets(datagram: Uint8Array): boolean[];
}

/** Why a datagram from the gateway's address may not be a valid reply. */
export interface Flaw {
  /** One word, as it is counted and told as a reason. */
  readonly name: string;
  /** What `doctor` says of it, behind "it". */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What names a session at its gateway: a secret of sorts. */
export interface IdentitySettings {
  /** What people call it. */
  readonly noun: string;
  /** The setting that has it. */
  readonly value: string;
  /** The setting that names a file with it. */
  readonly file: string;
  /** Whether a line of such a file is meant to be one. */
  isMeant(line: string): boolean;
}

/** A protocol, given by a target's scheme. Adding one is a file and a row in protocols.ts. */
export interface Protocol {
  /** What a target begins with, without `://`. */
  readonly scheme: string;
  /** The gateway's port unless another one is given. */
  readonly port: number;
  /** Settings of its own. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** What names a session; `null` if nothing does. */
  readonly identity: IdentitySettings | null;
  /** The flaws that it finds, those first that tell most. */
  readonly flaws: readonly Flaw[];
  /** The heartbeat of a session with this identity, in canonical form, and these values of its settings. */
  open(identity: string, values: Readonly<Record<string, unknown>>): Heartbeat;
}
