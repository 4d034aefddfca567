/**
 * For tests of protocols of streams: their dialogues, and what comes of bytes
 * however they are cut.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import { join, latin1Bytes } from "./octets.ts";
import type { Dialogue, Heard, Setup, StreamProtocol } from "./protocol.ts";

/** What comes by chance, the same each time. */
export const chance: { readonly nonce: Uint8Array; readonly wallTime: number } =
  { nonce: Uint8Array.from({ length: 32 }, (_, at) => at), wallTime: 0 };

/** A protocol's dialogue with a host, with settings and files. */
export function dialogueOf(
  protocol: StreamProtocol,
  setup: Partial<Setup> = {},
): Dialogue {
  return protocol.open({
    identity: "",
    host: "192.0.2.1",
    port: protocol.port ?? 7,
    path: "",
    values: {},
    files: {},
    ...setup,
  });
}

/** Bytes as hexadecimal digits say them. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(
    text.match(/[\da-f]{2}/g) ?? [],
    (byte) => parseInt(byte, 16),
  );
}

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Bytes: those that there are, or those of a text up to U+00FF. */
export function bytesOf(
  ...parts: readonly (Uint8Array | string)[]
): Uint8Array {
  return join(
    ...parts.map((it) => typeof it === "string" ? latin1Bytes(it) : it),
  );
}

/** What a dialogue has come to by some bytes. */
export interface Talk {
  /** What it knows. */
  readonly state: unknown;
  /** What it has heard, from the opening on. */
  readonly heard: readonly Heard[];
  /** What it has said after the opening. */
  readonly said: Uint8Array;
}

/** Feeds a dialogue with bytes that come in pieces. Like the engine, it stops at whatever makes a connection useless. */
export function talk(
  dialogue: Dialogue,
  pieces: readonly Uint8Array[],
): Talk {
  const opening = dialogue.open(chance);
  let { state } = opening;
  const heard = [...opening.heard];
  const said: Uint8Array[] = [];
  for (const piece of pieces) {
    if (heard.some(({ type }) => type !== "alive")) break;
    const turn = dialogue.receive(state, piece);
    state = turn.state;
    heard.push(...turn.heard);
    if (turn.say !== null) said.push(turn.say);
  }
  return { state, heard, said: join(...said) };
}

/** How a dialogue ends where nothing more comes: what was heard, at the end of the stream and at a time-out. */
export function outcome(dialogue: Dialogue, pieces: readonly Uint8Array[]): {
  readonly heard: readonly Heard[];
  readonly ended: Heard;
  readonly timedOut: Heard;
} {
  const { state, heard } = talk(dialogue, pieces);
  return {
    heard,
    ended: dialogue.ended(state),
    timedOut: dialogue.timedOut(state),
  };
}

/** Checks that bytes mean the same however they are cut: in two anywhere, and each for itself. */
export function assertUncut(dialogue: Dialogue, bytes: Uint8Array): void {
  const whole = outcome(dialogue, [bytes]);
  for (let at = 0; at <= bytes.length; at++) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
    assertEquals(outcome(dialogue, pieces), whole, `cut at ${at}`);
  }
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  assertEquals(outcome(dialogue, single), whole, "byte by byte");
}

/** Makes variants of some bytes: changed, lost, doubled and made up. The same each time. */
export function* mutations(
  bytes: Uint8Array,
  count: number,
): Generator<Uint8Array> {
  const random = seededRandom(bytes.length + 1);
  const below = (end: number) => Math.floor(random() * end);
  for (let n = 0; n < count; n++) {
    let variant: Uint8Array = bytes.slice();
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const at = below(variant.length + 1);
      const to = at + below(8);
      const made = Uint8Array.from({ length: below(8) }, () => below(256));
      const middle = [
        Uint8Array.of((variant[at] ?? 0) ^ 1 << below(8)),
        made,
        variant.subarray(at, to + 9),
        new Uint8Array(),
      ][below(4)]!;
      const rest = variant.subarray(random() < 0.5 ? at + middle.length : to);
      variant = join(variant.subarray(0, at), middle, rest);
    }
    yield variant;
  }
}
