/**
 * What the agent knows of a protocol: a datagram to send, and how to judge
 * what comes back.
 *
 * @module
 */

/** What a valid reply says about the session. */
export type Reply = "alive" | "dead";

/** Why a datagram from the gateway's address is not a valid reply. */
export type Flaw =
  /** It is shorter or longer than a reply. */
  | "length"
  /** It names another session. */
  | "uid"
  /** It has something where there should be nothing. */
  | "tail";

/** What a datagram turned out to be. */
export type Judgement = { readonly reply: Reply } | { readonly flaw: Flaw };

/** A session's heartbeat in some protocol. */
export interface Heartbeat {
  /** The datagram to send, again at each try. */
  readonly request: Uint8Array;
  /** How long the longest valid reply is, in bytes. */
  readonly longestReply: number;
  /** Judges any bytes at all; never throws. The sender's address is not its business. */
  judge(datagram: Uint8Array): Judgement;
  /** Tells for each byte of any datagram whether it may be part of a UID, this session's or another's, so that nobody is to see it. */
  secrets(datagram: Uint8Array): boolean[];
}

/** Options that protocols share. */
export interface ProtocolOptions {
  /** Whether a reply has to be as it should be to the last byte. */
  readonly strictReply: boolean;
}

/** Makes the heartbeat of one session, given by its identifier. */
export type Protocol = (uid: bigint, options: ProtocolOptions) => Heartbeat;
