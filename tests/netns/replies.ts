/**
 * Faults of the gateway's replies.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  assertCycles,
  type Cycle,
  gatewayPort,
  kill,
  often,
  startAgent,
  startCapture,
  startGateway,
  uid,
} from "./actors.ts";
import { farAddress, type Network } from "./network.ts";
import type { Row } from "./row.ts";

const gateway = ["-g", farAddress];

/** A round trip in ms that is longer than the first tries or all tries. */
function roundTrip(delay: number, args: readonly string[]): Row {
  return {
    name: `a round trip takes ${delay} ms`,
    async run(network) {
      const server = await startGateway(network, { faults: { delay } });
      const agent = startAgent(network, [...gateway, "-u", uid, ...args]);
      for (let k = 0; k < 3; k++) {
        const cycle = await agent.cycle();
        assertCycles([cycle], "alive");
        assert(cycle.tries > 1, JSON.stringify(cycle));
        assert(cycle.answer_ms! >= delay, JSON.stringify(cycle));
      }
      await kill(server);
      await agent.endsWith(10);
      assertEquals(agent.classes(), ["alive", "dead"]);
    },
  };
}

/** Adds up the discarded datagrams by reason. */
function sum(cycles: readonly Cycle[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [reason, n] of cycles.flatMap((c) => Object.entries(c.reasons))) {
    all[reason] = (all[reason] ?? 0) + n;
  }
  return all;
}

/** Each cycle has the right verdict. */
export const replies: readonly Row[] = [
  {
    name: "late replies find their port open",
    needs: ["tcpdump"],
    run: hearsLateReplies,
  },
  {
    name: "30 % of all packets are lost each way",
    needs: ["nft"],
    async run(network) {
      // One that is not heard of for ten intervals dies.
      const server = await startGateway(network, { expire: 10_000 });
      const loss = "numgen random mod 100 < 30 drop";
      await network.near.filter("input", `udp sport ${gatewayPort} ${loss}`);
      await network.far.filter("input", `udp dport ${gatewayPort} ${loss}`);
      const args = ["-u", uid, "-i1s", "-t100ms", "-n4"];
      const agent = startAgent(network, [...gateway, ...args]);
      const cycles = await agent.cycles(30);
      const count = (verdict: string) =>
        cycles.filter((cycle) => cycle.verdict === verdict).length;
      // A cycle is answered with 1 - 0.51 ** 4 = 93 %: 15 or fewer of 30 by
      // bad luck once in 10 ** 10 times; all at the first try as rarely.
      assert(count("alive") > 15, JSON.stringify(cycles));
      assertEquals(count("alive") + count("silent"), cycles.length);
      assert(cycles.some(({ tries }) => tries > 1));
      await kill(server);
      await agent.endsWith(10);
    },
  },
  roundTrip(600, ["-i2s", "-t200ms", "-n4"]),
  roundTrip(2_000, ["-i5s", "-t1s", "-n3"]),
  {
    name: "replies are delayed, doubled and overtake each other",
    async run(network) {
      const faults = { delay: 200, duplicate: true, reorder: true };
      await startGateway(network, { faults });
      const args = ["-u", uid, "-i2s", "-t100ms", "-n5"];
      const agent = startAgent(network, [...gateway, ...args]);
      const cycles = await agent.cycles(5);
      assertCycles(cycles, "alive");
      assert(cycles.every(({ tries }) => tries > 1));
      // Every try but each cycle's first is answered in vain, and all of them
      // are once more; what came after the last verdict is not told yet.
      const { duplicate = 0, ...others } = sum(cycles);
      const tries = cycles.slice(0, -1).reduce((n, { tries }) => n + tries, 0);
      assert(duplicate > tries, `${duplicate} duplicates of ${tries}`);
      assertEquals(others, {});
      await agent.endsWith(0, "SIGTERM");
    },
  },
  {
    name: "junk precedes each reply",
    async run(network) {
      const zeros = (length: number) => new Array<number>(length).fill(0);
      const junk = [
        [],
        zeros(15),
        zeros(17),
        zeros(1400),
        zeros(16),
        [77, ...zeros(14), 1],
        [254, 255, 255, 255, 255, 255, 255, 255, ...zeros(7), 1],
      ];
      await startGateway(network, { junk });
      const agent = startAgent(network, [...gateway, ...often]);
      const cycles = await agent.cycles(3);
      assertCycles(cycles, "alive");
      // What came to the last one's socket may not be told yet.
      const { length = 0, uid = 0, tail = 0 } = sum(cycles);
      assert(length >= 8 && uid >= 2 && tail >= 4, JSON.stringify(cycles));
      await agent.endsWith(0, "SIGTERM");
    },
  },
];

async function hearsLateReplies(network: Network): Promise<void> {
  const packet = await startCapture(network, "icmp");
  const faults = { jitter: 9_000 };
  const server = await startGateway(network, { faults });
  const args = ["-u", uid, "-i500ms", "-t100ms", "-n1"];
  const agent = startAgent(network, [...gateway, ...args]);
  const first = packet();
  // One reply in nine is as late as that.
  const late = agent.event(({ answer_ms }) => Number(answer_ms) > 8_000);
  const early = await Promise.race([late.then(() => null), first]);
  assertEquals(early, null);
  const ended = Date.now();
  await agent.endsWith(0, "SIGTERM");
  // The first packet is of a reply that found its port closed afterwards.
  const { at, text } = await first;
  assert(at >= ended, `${text} came before ${ended / 1_000}`);
  const [, closed] =
    /10\.77\.0\.1 > 10\.77\.0\.2: ICMP .* udp port (\d+) unreachable/
      .exec(text) ?? [];

  // A cycle has one try, so that each request is another cycle's.
  const ports: unknown[] = [];
  const cycles = agent.heard.filter(({ event }) => event === "cycle").length;
  while (ports.length < cycles || !ports.includes(Number(closed))) {
    ports.push((await server.event())["client_port"]);
  }
  assert(ports.every((port, k) => port !== ports[k + 1]), ports.join());
}
