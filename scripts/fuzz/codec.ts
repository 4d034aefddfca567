/**
 * Tests the codec with random bytes. An oracle knows only the table in
 * docs/protocols.md.
 *
 * @module
 */
import type { Judgement } from "../../lib/protocol/protocol.ts";
import {
  decodeRequest,
  encodeReply,
  encodeRequest,
  srunHeartbeat,
} from "../../lib/protocol/srun.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { below, byte, chance, pick } from "./chance.ts";

/** Tests one UID with some datagrams; throws an `Error` if the codec is wrong. */
export function fuzzCodec(seed: number): void {
  const random = seededRandom(seed);
  const uid = anyUid(random);
  check(decodeRequest(encodeRequest(uid)) === uid, `request of ${uid}`);
  for (const strictReply of [true, false]) {
    const heartbeat = srunHeartbeat(uid, strictReply);
    const { longestReply } = heartbeat;
    const request = heartbeat.request({ wallTime: 0, attempt: 0, random: 0 });
    check(hex(request) === hex(littleEndian(uid)), `request ${hex(request)}`);
    for (let n = 0; n < 5; n++) {
      const bytes = anyDatagram(uid, random);
      const wanted = oracle(bytes, uid, strictReply);
      const found = nameOf(heartbeat.judge(bytes, [request]));
      check(
        found === wanted,
        `${uid}: ${hex(bytes)} is ${wanted}, not ${found}`,
      );
      const isReply = wanted === "alive" || wanted === "dead";
      check(!isReply || bytes.length <= longestReply, `${bytes.length} bytes`);
      // A datagram cut one byte after the longest reply is judged alike.
      const cut = bytes.subarray(0, longestReply + 1);
      check(
        nameOf(heartbeat.judge(cut, [request])) === wanted,
        `${hex(cut)}, cut off, is ${wanted}`,
      );
      const isRequest = bytes.length === 8;
      check((decodeRequest(bytes) !== undefined) === isRequest, hex(bytes));
    }
  }
}

/** The table of replies in docs/protocols.md. */
function oracle(bytes: Uint8Array, uid: bigint, strict: boolean): string {
  if (bytes.length !== 16) return "length";
  const head = hex(bytes.subarray(0, 8));
  const isDead = head === "feffffffffffffff";
  if (head !== hex(littleEndian(uid)) && !isDead) return "uid";
  if (strict && hex(bytes.subarray(8)) !== "0000000000000000") return "tail";
  return isDead ? "dead" : "alive";
}

function anyUid(random: Random): bigint {
  const uid = pick(random, [
    () => BigInt(below(random, 1000)),
    () => -BigInt(below(random, 1000)),
    () => BigInt.asIntN(64, 1n << BigInt(below(random, 64))),
    () =>
      BigInt.asIntN(
        64,
        Array.from({ length: 8 }, () => BigInt(byte(random)))
          .reduce((sum, byte) => sum << 8n | byte),
      ),
  ])();
  return uid === -2n ? 1n : uid;
}

function anyDatagram(uid: bigint, random: Random): Uint8Array {
  const reply = encodeReply(chance(random, 0.3) ? -2n : uid);
  return pick(random, [
    () => reply,
    () => reply.subarray(0, below(random, 17)),
    () => Uint8Array.from([...reply, ...Array(below(random, 20)).fill(0)]),
    () => {
      const bytes = reply.slice();
      bytes[below(random, 16)]! ^= 1 << below(random, 8);
      return bytes;
    },
    () => Uint8Array.from({ length: 16 }, () => byte(random)),
    () => Uint8Array.from({ length: below(random, 100) }, () => byte(random)),
  ])();
}

function littleEndian(uid: bigint): Uint8Array {
  return Uint8Array.from(
    { length: 8 },
    (_, k) => Number(uid >> BigInt(8 * k) & 0xffn),
  );
}

function nameOf(judgement: Judgement): string {
  return "flaw" in judgement ? judgement.flaw : judgement.reply;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(what);
}
