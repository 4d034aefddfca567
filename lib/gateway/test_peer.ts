/**
 * For tests of simulated peers: what they make of bytes, however those are cut.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { seededRandom } from "../random.ts";
import type { Peer, Question, Visit } from "./peer.ts";

/** Somebody on this machine, an hour after the login. */
export const visit: Visit = { client: "127.0.0.1", secondsOnline: 3600 };

/** What a peer makes of pieces, on one connection. */
export function feed(
  peer: Peer,
  pieces: readonly Uint8Array[],
): readonly Question[] {
  let state = peer.start;
  return pieces.flatMap((piece) => {
    const understood = peer.receive(state, piece, visit);
    state = understood.state;
    return understood.questions;
  });
}

/** What a peer makes of bytes, characters as bytes; asserts that it is the same wherever they are cut. */
export function ask(peer: Peer, text: string): readonly Question[] {
  const bytes = latin1Bytes(text);
  const whole = feed(peer, [bytes]);
  for (let at = 0; at < bytes.length; at++) {
    const cut = [bytes.subarray(0, at), bytes.subarray(at)];
    assertEquals(feed(peer, cut), whole, `cut at ${at}`);
  }
  assertEquals(feed(peer, Array.from(bytes, (it) => Uint8Array.of(it))), whole);
  return whole;
}

/** What a question is, and what is answered to it while the session lives, a character a byte; `+` if the connection goes on. */
export function told(question: Question): [kind: string, answer: string] {
  const answer = question.kind === "life" ? question.alive : question.answer;
  const text = latin1(answer.bytes);
  return [question.kind, answer.isLast ? text : `${text}+`];
}

/** Asserts that bytes by chance, behind some that make sense, neither throw nor ask for life. */
export function endure(peer: Peer, ...beginnings: readonly string[]): void {
  const random = seededRandom(1);
  for (let round = 0; round < 2_000; round++) {
    const beginning = beginnings[round % beginnings.length]!;
    const length = Math.floor(random() * 60);
    const noise = Uint8Array.from({ length }, () => random() * 256);
    // No bit of masked control frames, or it might be a ping.
    if (noise.length > 0) noise[0]! &= 0x7f;
    const questions = feed(peer, [latin1Bytes(beginning), noise]);
    assertEquals(questions.some(({ kind }) => kind === "life"), false);
  }
}
