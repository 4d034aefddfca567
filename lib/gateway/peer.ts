/**
 * What a simulated peer of streams is, and what it answers instead where it has
 * to garble. Pure.
 *
 * @module
 */
import type { StreamGarbling } from "./faults.ts";
import { response, type Status } from "./request_head.ts";

/** What a peer answers. */
export interface Answer {
  /** Its bytes; none if it says nothing. */
  readonly bytes: Uint8Array;
  /** Whether the connection ends with them. */
  readonly isLast: boolean;
}

/** What a client has said that has to be answered. */
export type Question =
  /** It asks whether the session lives. */
  | { readonly kind: "life"; readonly alive: Answer; readonly dead: Answer }
  /** It asks to be let in, which tells nothing of the session. */
  | { readonly kind: "entry"; readonly answer: Answer }
  /** It says goodbye. */
  | { readonly kind: "goodbye"; readonly answer: Answer }
  /** It makes no sense. */
  | { readonly kind: "invalid"; readonly answer: Answer };

/** Who asks, and what the answer may need. */
export interface Visit {
  /** The client's address. */
  readonly client: string;
  /** How long the session has been alive, in s. */
  readonly secondsOnline: number;
}

/** What came of a client's bytes. */
export interface Understood<State> {
  /** All that is known of the connection. */
  readonly state: State;
  /** What to answer, in this order. Behind a last answer nothing follows. */
  readonly questions: readonly Question[];
}

/** A peer that listens for connections; each of them has a state, which is replaced, never changed. */
export interface Peer<State = unknown> {
  /** The state of a new connection. */
  readonly start: State;
  /** Takes bytes, however they are cut; never throws. */
  receive(state: State, bytes: Uint8Array, visit: Visit): Understood<State>;
  /** What to say, as the last thing, to a client that is let in, when the session dies; `null` for nothing. */
  expel(state: State): Uint8Array | null;
}

/** Makes an answer after which the connection ends. */
export function last(bytes: Uint8Array): Answer {
  return { bytes, isLast: true };
}

/** Makes the answer to a request that makes no sense. */
export function refusal(
  status: Status,
  fields: readonly string[] = [],
): Question {
  const body = `${status}\n`;
  return { kind: "invalid", answer: last(response(status, { body, fields })) };
}

/** What comes instead of an answer. */
export function garbledAnswer(garbling: StreamGarbling): Answer {
  const body = `<!DOCTYPE html>
<html><head><title>Login</title></head>
<body><form method="post"><input name="user"><input name="password" type="password"></form></body></html>
`;
  return last(
    garbling === "html"
      ? response(200, { type: "text/html", body })
      : response(503),
  );
}
