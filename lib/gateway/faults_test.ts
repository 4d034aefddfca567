import { assert, assertEquals } from "@std/assert";
import { deadUid, encodeReply, srunHeartbeat } from "../protocol/srun.ts";
import { seededRandom } from "../random.ts";
import { distort, type Faults, garblings, isLost, noFaults } from "./faults.ts";

const reply = encodeReply(77n);

/** Returns these numbers, and fails when there are no more. */
function scripted(...numbers: number[]): () => number {
  return () => {
    assert(numbers.length > 0, "More chance was wanted");
    return numbers.shift()!;
  };
}

Deno.test("isLost() loses as many packets as it is told", () => {
  const rows: [loss: number, chance: number, lost: boolean][] = [
    [0, 0, false],
    [0, 0.999, false],
    [0.5, 0.499, true],
    [0.5, 0.5, false],
    [1, 0, true],
    [1, 1 - 2 ** -32, true],
  ];
  for (const [loss, chance, lost] of rows) {
    assertEquals(isLost({ ...noFaults, loss }, () => chance), lost);
  }
  const random = seededRandom(1);
  let lost = 0;
  for (let k = 0; k < 10_000; k++) {
    if (isLost({ ...noFaults, loss: 0.3 }, random)) lost++;
  }
  assert(lost > 2_700 && lost < 3_300, `${lost}`);
});

Deno.test("distort() passes a reply on at once where nothing is wrong", () => {
  assertEquals(distort(reply, noFaults, seededRandom(1)), [
    { bytes: reply, after: 0, forged: false },
  ]);
});

Deno.test("distort() delays, doubles, holds back and forges as it is told", () => {
  const rows: [
    what: string,
    faults: Partial<Faults>,
    chance: number[],
    arrives: [after: number, uid: bigint, forged: boolean][],
  ][] = [
    ["delay", { delay: 200 }, [0], [[200, 77n, false]]],
    ["the least jitter", { jitter: 100 }, [0], [[0, 77n, false]]],
    ["more jitter", { jitter: 100 }, [0.75], [[75, 77n, false]]],
    ["both", { delay: 10, jitter: 100 }, [0.5], [[60, 77n, false]]],
    ["overtaking", { reorder: true }, [0.5, 0], [[0, 77n, false]]],
    ["overtaken", { reorder: true }, [0.25, 0.5, 0], [[150, 77n, false]]],
    ["all of that", { delay: 5, jitter: 10, reorder: true }, [0, 0.5, 0.5], [
      [160, 77n, false],
    ]],
    ["twice", { duplicate: true, delay: 5 }, [0], [
      [5, 77n, false],
      [5, 77n, false],
    ]],
    ["forged", { forge: "dead@other-port", delay: 5, jitter: 10 }, [0.5], [
      [5, deadUid, true],
      [10, 77n, false],
    ]],
  ];
  for (const [what, faults, chance, arrives] of rows) {
    const network = { ...noFaults, ...faults };
    const wanted = arrives.map(([after, uid, forged]) => {
      return { bytes: encodeReply(uid), after, forged };
    });
    const outgoing = distort(reply, network, scripted(...chance));
    assertEquals(outgoing, wanted, what);
  }
});

Deno.test("distort() garbles so that nobody takes it for a reply", () => {
  const random = seededRandom(1);
  const flaws = {
    length: ["length"],
    uid: ["uid"],
    tail: ["tail"],
    // With good luck a random reply is anything, but never a valid one.
    random: ["uid", "tail"],
  } as const;
  for (const garble of garblings) {
    const wanted: readonly string[] = flaws[garble];
    for (const uid of [77n, -1n, 0n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      const heartbeat = srunHeartbeat(uid);
      for (const said of [uid, deadUid]) {
        const sent = encodeReply(said);
        for (let k = 0; k < 500; k++) {
          const faults = { ...noFaults, garble };
          const [{ bytes } = { bytes: sent }] = distort(sent, faults, random);
          const judgement = heartbeat.judge(bytes, []);
          assert("flaw" in judgement, `${garble} ${bytes}`);
          assert(wanted.includes(judgement.flaw), `${garble} ${bytes}`);
        }
        assertEquals(sent, encodeReply(said));
      }
    }
  }
});

Deno.test("distort() makes lengths from nothing to what an Ethernet frame takes", () => {
  const faults: Faults = { ...noFaults, garble: "length" };
  const rows: [chance: number, length: number][] = [
    [0, 0],
    [15.5 / 1472, 15],
    [16 / 1472, 17],
    [1 - 2 ** -32, 1472],
  ];
  for (const [chance, length] of rows) {
    const [outgoing] = distort(reply, faults, scripted(0, chance));
    assertEquals(outgoing!.bytes.length, length);
  }
});
