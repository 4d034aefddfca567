/**
 * WebSockets (RFC 6455, docs/protocols.md): a server is alive once it answers
 * a ping with its own payload.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { excerptOfBytes, join, latin1Bytes } from "./octets.ts";
import type {
  Chance,
  Dialogue,
  Heard,
  Setup,
  StreamProtocol,
  Tls,
  Turn,
} from "./protocol.ts";
import { sha1 } from "./sha1.ts";
import {
  caFileContent,
  certificateFlaw,
  headersFileContent,
  tlsOf,
} from "./stream_files.ts";
import {
  caFile,
  headersFile,
  tlsName,
  webSocketDefaults,
} from "./stream_settings.ts";
import {
  type Control,
  firstReading,
  formatControl,
  opcodes,
  readFrames,
  type Reading,
} from "./ws_frame.ts";
import { formatRequest, judgeResponse } from "./ws_handshake.ts";

/** What both have. */
const common = {
  carrier: "stream",
  isSecure: false,
  identity: null,
  defaults: webSocketDefaults,
  hasPath: true,
  hold: "default",
  prefersIpv4: false,
  deathSigns: ["refused", "gone", "close", "401", "403", "407"]
    .map((name) => ({ name, isDefault: true })),
} as const;

const flaws = [
  {
    name: "protocol",
    text: "it answers, but not as a WebSocket does",
    advice:
      "Are port and path right? 401 and 403 ask for credentials, which --headers-file sends; 200 and 302 may come from a captive portal",
  },
  {
    name: "length",
    text: "its answer has more than 16 KiB of headers",
    advice: "Something else listens there: is the port right?",
  },
] as const;

/** The protocol on a bare connection. */
export const ws: StreamProtocol = {
  ...common,
  scheme: "ws",
  port: 80,
  settings: { headersFile },
  files: { headersFile: headersFileContent },
  flaws,
  open: (setup) => wsDialogue(setup, 80, null),
};

/** The protocol on a connection that is secured. */
export const wss: StreamProtocol = {
  ...common,
  scheme: "wss",
  isSecure: true,
  port: 443,
  settings: { headersFile, caFile, tlsName },
  files: { headersFile: headersFileContent, caFile: caFileContent },
  flaws: [certificateFlaw, ...flaws],
  open: (setup) => wsDialogue(setup, 443, tlsOf(setup)),
};

/** The handshake. */
interface Greeting {
  readonly phase: "greeting";
  /** What its key and the first ping are made from. */
  readonly nonce: Uint8Array;
  /** What has come of the response. */
  readonly bytes: Uint8Array;
}

/** A connection that is a WebSocket. */
interface Upgraded {
  readonly phase: "upgraded";
  /** Where the reading of frames has come to. */
  readonly reading: Reading;
  /** What the last ping and the masks are made from. */
  readonly nonce: Uint8Array;
  /** How many frames were masked by it. */
  readonly masked: number;
  /** Whether the last ping has no answer yet. */
  readonly isAsked: boolean;
  /** Whether any ping had one. */
  readonly hasLived: boolean;
}

/** What is known of a connection; nothing more is expected of one that is over. */
type State = Greeting | Upgraded | { readonly phase: "over" };

const over: State = { phase: "over" };

function wsDialogue(
  setup: Setup,
  usualPort: number,
  tls: Tls | null,
): Dialogue<State> {
  const headers = setup.files["headersFile"] as readonly string[] | undefined;
  return {
    tls,
    open: ({ nonce }) => ({
      state: { phase: "greeting", nonce, bytes: new Uint8Array() },
      say: formatRequest(setup, { nonce, usualPort, headers: headers ?? [] }),
      asks: false,
      heard: [],
    }),
    receive(state, bytes) {
      switch (state.phase) {
        case "greeting":
          return greet(state, bytes, headers !== undefined);
        case "upgraded":
          return listen(state, bytes);
        case "over":
          return turn(state);
      }
    },
    ended: ({ phase }) =>
      unable(
        phase === "greeting"
          ? "ended the connection before it answered"
          : "ended the connection without a close frame",
      ),
    timedOut: ({ phase }) =>
      unable(
        phase === "upgraded"
          ? "sent no pong in time"
          : "did not answer in time",
      ),
    ping: (state, chance) =>
      state.phase === "upgraded" && state.hasLived ? ask(state, chance) : null,
    farewell: (state) =>
      state.phase === "upgraded" ? format(state, closing(1000)) : null,
  };
}

/** The payload of a ping. It is not part of anything that was sent before. */
function questionOf(nonce: Uint8Array): Uint8Array {
  return nonce.subarray(16, 24);
}

/** A client's next frame. Each has a mask of its own that nobody can guess. */
function format({ nonce, masked }: Upgraded, control: Control): Uint8Array {
  const mask = sha1(join(nonce, latin1Bytes(`${masked}`))).subarray(0, 4);
  return formatControl(control, mask);
}

/** A close frame. */
function closing(code: number): Control {
  return {
    opcode: opcodes.close,
    payload: Uint8Array.of(code >> 8, code & 255),
  };
}

/** Takes more of the response to the handshake. */
function greet(
  state: Greeting,
  more: Uint8Array,
  hasCredentials: boolean,
): Turn<State> {
  const { nonce } = state;
  const bytes = join(state.bytes, more);
  const response = judgeResponse(bytes, { nonce, hasCredentials });
  if (response === null) return turn({ ...state, bytes });
  if ("type" in response) return turn(over, response);
  const asked = ask({
    phase: "upgraded",
    reading: firstReading,
    nonce,
    masked: 0,
    isAsked: false,
    hasLived: false,
  }, { nonce });
  const heard = listen(asked.state, response.frames);
  const say = join(asked.say, heard.say ?? new Uint8Array());
  return { ...heard, say, asks: true };
}

/** Asks for a pong. */
function ask(
  before: Upgraded,
  { nonce }: Pick<Chance, "nonce">,
): Turn<Upgraded> & { readonly say: Uint8Array } {
  const state = { ...before, nonce, masked: 1, isAsked: true };
  const ping = { opcode: opcodes.ping, payload: questionOf(nonce) };
  const say = format({ ...state, masked: 0 }, ping);
  return { state, say, asks: true, heard: [] };
}

/** Takes bytes that are frames. */
function listen(state: Upgraded, bytes: Uint8Array): Turn<State> {
  const { reading, controls, wrong } = readFrames(state.reading, bytes);
  const heard: Heard[] = [];
  let { isAsked, hasLived } = state;
  let pinged: Control | null = null;
  for (const control of controls) {
    const { opcode, payload } = control;
    if (opcode === opcodes.ping) pinged = control;
    if (opcode === opcodes.pong && isAsked && answers(payload, state.nonce)) {
      heard.push({ type: "alive" });
      isAsked = false;
      hasLived = true;
    }
    if (opcode === opcodes.close) {
      heard.push(judgeClose(payload, hasLived));
      return { ...turn(over, ...heard), say: format(state, closing(1000)) };
    }
  }
  if (wrong !== null) {
    heard.push(garbled(wrong));
    return { ...turn(over, ...heard), say: format(state, closing(1002)) };
  }
  const next = { ...state, reading, isAsked, hasLived };
  if (pinged === null) return turn(next, ...heard);
  // One pong may stand for many (RFC 6455, section 5.5.3).
  const say = format(state, { ...pinged, opcode: opcodes.pong });
  return { ...turn({ ...next, masked: state.masked + 1 }, ...heard), say };
}

function answers(payload: Uint8Array, nonce: Uint8Array): boolean {
  const question = questionOf(nonce);
  return payload.length === question.length &&
    payload.every((byte, index) => byte === question[index]);
}

/** Codes of a server that has trouble of its own. */
const troubles: readonly number[] = [1001, 1011, 1012, 1013, 1014];

/** Codes of a server that does not understand. */
const misunderstandings: readonly number[] = [1002, 1003, 1007, 1009, 1010];

/** Whether a close frame may have a code (RFC 6455, section 7.4). */
function isCode(code: number): boolean {
  return code >= 1000 && code < 5000 &&
    ![1004, 1005, 1006, 1015].includes(code);
}

/** What a close frame means. One without a code (1005 in RFC 6455, section 7.1.5) is none of the server's trouble. */
function judgeClose(payload: Uint8Array, hasLived: boolean): Heard {
  const [high, low] = payload;
  if (high !== undefined && low === undefined) {
    return garbled("closed with half a code");
  }
  const code = low === undefined ? null : high! << 8 | low;
  const reason = excerptOfBytes(payload.subarray(2));
  const note = `closed ${code === null ? "without a code" : `with ${code}`}${
    reason === "" ? "" : ` (${reason})`
  }`;
  if (code !== null && (!isCode(code) || misunderstandings.includes(code))) {
    return garbled(note);
  }
  // The end of a session that has just lived says nothing about it.
  if (hasLived || code !== null && troubles.includes(code)) return unable(note);
  return { type: "dead", sign: "close", note };
}

function turn<S extends State>(state: S, ...heard: readonly Heard[]): Turn<S> {
  return { state, say: null, asks: false, heard };
}

function unable(note: string): Heard {
  return { type: "unable", note };
}
