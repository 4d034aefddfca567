/**
 * A protocol of lines for tests of what every stream protocol shares.
 *
 * @module
 */
import type { Dialogue, Heard, Turn } from "../../protocol/protocol.ts";
import type { Room } from "./stream_probe.ts";

/** What it has read of a line that is not complete. */
export type LineState = string;

/**
 * Asks `?` and wants lines back: `alive`, `dead`, `busy` (unable), `late` (says
 * nothing), anything else is a flaw. Its pings are `?` again.
 */
export const lineDialogue: Dialogue<LineState> = {
  tls: null,
  open: () => ask(""),
  receive(state, bytes) {
    const lines = (state + text(bytes)).split("\n");
    const rest = lines.pop()!;
    return { state: rest, say: null, asks: false, heard: lines.map(meaning) };
  },
  ended: () => ({ type: "unable", note: "ended the connection" }),
  timedOut: (state) =>
    state === ""
      ? { type: "unable", note: "did not answer in time" }
      : { type: "flaw", flaw: "protocol", note: "says half a line" },
  ping: ask,
  farewell: () => encode("bye\n"),
};

function ask(state: LineState): Turn<LineState> {
  return { state, say: encode("?"), asks: true, heard: [] };
}

function meaning(line: string): Heard {
  switch (line) {
    case "alive":
      return { type: "alive" };
    case "dead":
      return { type: "dead", sign: "no", note: "says no" };
    case "busy":
      return { type: "unable", note: "is busy" };
    default:
      return { type: "flaw", flaw: "protocol", note: "babbles" };
  }
}

/** The bytes of a text. */
export function encode(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The text of bytes. */
export function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** As many descriptors as anybody wants. */
export const anyRoom: Room = {
  reserve: (_until, callback) => callback(() => {}),
  noteExhausted() {},
};
