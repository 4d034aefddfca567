/**
 * ZeroMQ (ZMTP 3, docs/protocols.md): a peer is alive once it answers a PING.
 * A socket that would give us its messages is only asked for its READY, and
 * one that wants credentials only for its greeting.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import { excerptOfBytes, join, latin1, latin1Bytes } from "./octets.ts";
import type { Dialogue, Heard, StreamProtocol, Turn } from "./protocol.ts";
import { webSocketDefaults } from "./stream_settings.ts";
import {
  type Command,
  formatCommand,
  formatPing,
  formatReady,
  greetingStart,
  nullGreetingRest,
  readFrame,
  readGreeting,
  readShort,
  socketTypeOf,
} from "./zmtp_frame.ts";

/** The protocol. */
export const zmtp: StreamProtocol = {
  carrier: "stream",
  scheme: "zmtp",
  isSecure: false,
  port: null,
  settings: {},
  files: {},
  identity: null,
  defaults: webSocketDefaults,
  hasPath: false,
  hold: "default",
  prefersIpv4: false,
  deathSigns: ["refused", "gone", "error"]
    .map((name) => ({ name, isDefault: true })),
  flaws: [{
    name: "protocol",
    text: "it answers, but not as ZMTP 3 has it",
    advice: "Is the port right? ZeroMQ speaks ZMTP 3 since its version 4",
  }],
  caution:
    "READY and PONG come from ZeroMQ's own thread: they prove the process, not its loop",
  open: () => dialogue,
};

/** By the type of a socket, what its partner is that neither gets a message nor gives one. */
const partners: ReadonlyMap<string, string> = new Map([
  ["REP", "REQ"],
  ["ROUTER", "DEALER"],
  ["PUB", "SUB"],
  ["XPUB", "SUB"],
  ["SUB", "PUB"],
  ["XSUB", "PUB"],
  ["PULL", "PUSH"],
]);

/** What is known of a connection. */
interface State {
  readonly phase: "greeting" | "handshake" | "joined" | "alive" | "over";
  /** What has come and is not complete, a character a byte. */
  readonly rest: string;
  /** How many bytes of a frame are still to be skipped. */
  readonly skip: number;
  /** What the next PONG has to bring back; `null` once it has. */
  readonly context: string | null;
  /** Whether the peer speaks ZMTP 3.0, which has no PING. */
  readonly isOld: boolean;
  /** What its socket is; empty before its READY. */
  readonly note: string;
}

const start: State = {
  phase: "greeting",
  rest: "",
  skip: 0,
  context: null,
  isOld: false,
  note: "",
};

const dialogue: Dialogue<State> = {
  tls: null,
  open: ({ nonce }) =>
    ask({ ...start, context: contextOf(nonce) }, greetingStart),
  receive(before, bytes) {
    const skipped = Math.min(before.skip, bytes.length);
    const state = {
      ...before,
      rest: before.rest + latin1(bytes.subarray(skipped)),
      skip: before.skip - skipped,
    };
    const turns: Turn<State>[] = [turn(state)];
    for (let it = next(state); it !== null; it = next(it.state)) turns.push(it);
    const asked = turns.filter(({ asks }) => asks);
    // As libzmq does, lest a flood of PINGs makes one of PONGs.
    const lastPong = turns.filter(({ asks, say }) => !asks && say).slice(-1);
    const said = [...asked, ...lastPong].flatMap(({ say }) => say ?? []);
    return {
      state: turns.at(-1)!.state,
      say: said.length === 0 ? null : join(...said),
      asks: asked.length > 0,
      heard: turns.flatMap(({ heard }) => heard),
    };
  },
  ended: ({ phase }) =>
    phase === "greeting" || phase === "handshake"
      ? garbled("ended the connection during the handshake")
      : { type: "unable", note: "ended the connection" },
  timedOut: ({ phase }) => ({
    type: "unable",
    note: phase === "greeting"
      ? "did not answer in time"
      : `sent no ${phase === "handshake" ? "READY" : "PONG"} in time`,
  }),
  ping(state, { nonce }) {
    if (state.phase !== "alive") return null;
    const context = contextOf(nonce);
    return ask({ ...state, context }, formatPing(context));
  },
  farewell: () => null,
};

function contextOf(nonce: Uint8Array): string {
  return latin1(nonce.subarray(0, 8));
}

/** Takes a greeting or a frame from what has come; `null` if none is complete. */
function next(state: State): Turn<State> | null {
  const { phase, rest } = state;
  if (phase === "over" || rest === "") return null;
  if (phase === "greeting") return greet(state);
  const frame = readFrame(rest);
  if (frame === null) return null;
  if (typeof frame === "string") return end(garbled(frame));
  const { command, ...behind } = frame;
  if (phase === "handshake") return meet({ ...state, ...behind }, command);
  return obey({ ...state, ...behind }, command);
}

function greet(state: State): Turn<State> | null {
  const greeting = readGreeting(state.rest);
  if (greeting === null) return null;
  if (typeof greeting === "string") return end(garbled(greeting));
  const { mechanism, isOld, rest } = greeting;
  return mechanism === "NULL"
    ? ask({ ...state, phase: "handshake", rest, isOld }, nullGreetingRest)
    : end(alive(`mechanism ${mechanism}: its greeting is the proof`));
}

/** Takes the peer's first command, which has to be READY or ERROR, and joins it if that does no harm. */
function meet(state: State, command: Command | null): Turn<State> {
  if (command?.name === "ERROR") return obey(state, command);
  const type = command?.name === "READY" ? socketTypeOf(command.body) : null;
  if (type === null) return end(garbled("sent no valid READY"));
  const partner = partners.get(type);
  const { isOld, context } = state;
  const note = `socket type ${excerptOfBytes(latin1Bytes(type)) || "unknown"}`;
  if (partner === undefined || isOld) {
    const version = isOld ? ", ZMTP 3.0" : "";
    return end(alive(`${note}${version}: its READY is the proof`));
  }
  const say = formatReady(partner) + formatPing(context ?? "");
  return ask({ ...state, phase: "joined", note }, say);
}

/** Takes a frame of a connection that is joined; only some commands mean something. */
function obey(state: State, command: Command | null): Turn<State> {
  const { context, note } = state;
  const { name, body } = command ?? { name: "", body: "" };
  if (name === "ERROR") {
    const [reason = ""] = readShort(body) ?? [];
    const said = excerptOfBytes(latin1Bytes(reason));
    const note = `sent ERROR${said === "" ? "" : ` (${said})`}`;
    return end({ type: "dead", sign: "error", note });
  }
  if (name === "PING") {
    // A context has 16 bytes at most (RFC 37).
    const pong = formatCommand({ name: "PONG", body: body.slice(2, 18) });
    return { ...ask(state, pong), asks: false };
  }
  // Some peers bring no context back.
  const isProof = name === "PONG" && context !== null &&
    (body === context || body === "");
  return isProof
    ? turn({ ...state, phase: "alive", context: null }, alive(note))
    : turn(state);
}

function turn(state: State, ...heard: readonly Heard[]): Turn<State> {
  return { state, say: null, asks: false, heard };
}

function ask(state: State, say: string): Turn<State> {
  return { state, say: latin1Bytes(say), asks: true, heard: [] };
}

function end(heard: Heard): Turn<State> {
  return turn({ ...start, phase: "over" }, heard);
}

function alive(note: string): Heard {
  return { type: "alive", note };
}
