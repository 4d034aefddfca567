/**
 * The interface of a protocol: its requests, the meaning of its replies, and its
 * settings. Protocols are pure.
 *
 * @module
 */
import type { SettingsTable } from "../setting.ts";

/** What a valid reply says about the session. */
export type Reply = "alive" | "dead";

/** The circumstances of a request. */
export interface Occasion {
  /** The wall-clock time in ms since 1970. */
  readonly wallTime: number;
  /** The number of the request within its cycle, from 0. */
  readonly attempt: number;
  /** A random number from 0 up to 1. */
  readonly random: number;
}

/**
 * The meaning of a datagram: a reply, or the name of a flaw. `answers` is the
 * index of the answered request among those of its socket; absent if unknown.
 */
export type Judgement =
  | { readonly reply: Reply; readonly answers?: number }
  | { readonly flaw: string };

/** The heartbeat of one session. */
export interface Heartbeat {
  /** The length of the longest valid reply, in bytes. */
  readonly longestReply: number;
  /** Makes the datagram of a request. */
  request(occasion: Occasion): Uint8Array;
  /** Judges any datagram by the requests of its socket; never throws. The sender is checked elsewhere. */
  judge(datagram: Uint8Array, requests: readonly Uint8Array[]): Judgement;
  /** Returns for each byte of a datagram whether it is secret: it may be part of an identity or a key. */
  secrets(datagram: Uint8Array): boolean[];
}

/** A reason why a datagram of the gateway is no valid reply. */
export interface Flaw {
  /** One word, used as the reason of a verdict. */
  readonly name: string;
  /** The explanation of `doctor`, with "it" as its subject. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

/** The settings of what identifies a session at its gateway. It is secret. */
export interface IdentitySettings {
  /** The word for it in messages. */
  readonly noun: string;
  /** The setting with the identity itself. */
  readonly value: string;
  /** The setting with the name of a file that holds it. */
  readonly file: string;
  /** Whether a line of that file is meant to be an identity. */
  isMeant(line: string): boolean;
}

/** A protocol. Each has its own file, and a row in protocols.ts. */
export interface Protocol {
  /** The scheme of its targets, without `://`. */
  readonly scheme: string;
  /** The default port of gateways. */
  readonly port: number;
  /** The settings that only this protocol has. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** What identifies a session; `null` if nothing does. */
  readonly identity: IdentitySettings | null;
  /** The flaws that it finds, the most telling first. */
  readonly flaws: readonly Flaw[];
  /** Makes the heartbeat of a session from its canonical identity and the values of its settings. */
  open(identity: string, values: Readonly<Record<string, unknown>>): Heartbeat;
}
