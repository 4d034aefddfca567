/**
 * X11 (docs/protocols.md): a server is alive once its main loop speaks, by the
 * reply to a request or by its refusal of a client.
 *
 * @module
 */
import { join } from "./octets.ts";
import type { Dialogue, Heard, StreamProtocol, Turn } from "./protocol.ts";
import { cookieFile, streamDefaults } from "./stream_settings.ts";
import { writeDisplay } from "./x11_display.ts";
import { question, readReply, readSetUp, setUpRequest } from "./x11_message.ts";
import { cookieFileContent, cookieFor } from "./xauth.ts";

/** The protocol. */
export const x11: StreamProtocol = {
  scheme: "x11",
  carrier: "stream",
  isSecure: false,
  port: null,
  write: writeDisplay,
  identity: null,
  defaults: streamDefaults,
  hasPath: false,
  hold: "may",
  prefersIpv4: false,
  deathSigns: ["refused", "gone"].map((name) => ({ name, isDefault: true })),
  settings: { cookieFile },
  files: { cookieFile: cookieFileContent },
  flaws: [{
    name: "protocol",
    text: "it answers, but not as an X server does",
    advice: "Is it a display? x11://HOST:N is port 6000 + N",
  }],
  harm:
    "A server without other clients resets when the probe's connection closes: start it with -noreset, or keep one connection with run --hold",
  open: (setup) => x11Dialogue(cookieFor(setup)),
};

/** What is known of a connection. */
interface State {
  /** What is waited for; nothing more from one that is over. */
  readonly phase: "set-up" | "replies" | "over";
  /** What has come of the next message. */
  readonly bytes: Uint8Array;
  /** How many bytes of the last one are still to come. */
  readonly toSkip: number;
  /** The number of the last request, of 16 bits; 0 before the first. */
  readonly sequence: number;
}

const start: State = {
  phase: "set-up",
  bytes: new Uint8Array(),
  toSkip: 0,
  sequence: 0,
};

function x11Dialogue(cookie: Uint8Array): Dialogue<State> {
  return {
    tls: null,
    open: () => asking(start, setUpRequest(cookie)),
    receive,
    ended: ({ phase }) =>
      unable(
        phase === "set-up"
          ? "ended the connection during its set-up"
          : "ended the connection",
      ),
    timedOut: () => unable("did not answer in time"),
    ping: (state) =>
      state.phase === "replies" ? asking(numbered(state), question) : null,
    farewell: () => null,
  };
}

/** Takes the messages that have come as a whole; of long ones the beginning is enough. */
function receive(before: State, more: Uint8Array): Turn<State> {
  let state = { ...before, bytes: join(before.bytes, more) };
  let say: Uint8Array | null = null;
  const heard: Heard[] = [];
  while (state.phase !== "over") {
    const { phase, sequence } = state;
    const bytes = state.bytes.subarray(state.toSkip);
    const toSkip = Math.max(0, state.toSkip - state.bytes.length);
    state = { ...state, bytes, toSkip };
    const message = phase === "set-up"
      ? readSetUp(bytes)
      : readReply(bytes, sequence);
    if (message === null) break;
    if (message.heard !== null) heard.push(message.heard);
    state = { ...state, toSkip: message.length };
    if (phase === "set-up" && message.heard === null) {
      state = numbered({ ...state, phase: "replies" });
      say = question;
    } else if (phase === "set-up" || message.heard?.type === "flaw") {
      state = { ...start, phase: "over" };
    }
  }
  return { state, say, asks: say !== null, heard };
}

/** Counts one more request. */
function numbered(state: State): State {
  return { ...state, sequence: state.sequence + 1 & 0xffff };
}

function asking(state: State, say: Uint8Array): Turn<State> {
  return { state, say, asks: true, heard: [] };
}

function unable(note: string): Heard {
  return { type: "unable", note };
}
