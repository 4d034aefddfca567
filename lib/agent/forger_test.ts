import { assert, assertEquals } from "@std/assert";
import { deadUid, encodeReply } from "../protocol/srun.ts";
import { seededRandom } from "../random.ts";
import { createFakeNetwork } from "../testing/fake_network.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import type { Datagrams } from "../world.ts";
import { type AgentSession, keepAlive } from "./agent.ts";
import { createSockets } from "./sockets.ts";

const second = 1000;
const day = 24 * 3600 * second;

const gateway = { host: "192.0.2.1", port: 3335 };

const session: AgentSession = {
  name: "default",
  gateway,
  uid: 77n,
  readUid: null,
  bind: null,
  family: "auto",
  strictReply: true,
  interval: 60 * second,
  jitter: 0,
  timeout: second,
  tries: 3,
  confirm: 2,
  deadAfter: 2_000,
  tolerate: 0,
  count: null,
  giveUpAfter: null,
};

/** Somebody sends so many forged deaths a second, from the gateway's own address and port, to ports that he guesses. */
const flood = 20_000 / second;

/** As many ports Linux chooses from. */
const guesses = 28_000;

/** A day at a gateway that answers truly after `rtt` ms, while ports are flooded with deaths from monotonic time `from` on. */
function endure(
  rtt: number,
  { seed, from = 0 }: { seed: number; from?: number },
) {
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const network = createFakeNetwork({
    clock,
    random,
    respond: () => [{ bytes: encodeReply(77n), after: rtt }],
  });
  let hits = 0;
  /** Draws only what hits a port while a socket is bound to it. */
  const datagrams: Datagrams = {
    bind(options) {
      const socket = network.bind(options);
      if ("code" in socket) return socket;
      let isOpen = true;
      const forge = () => {
        const gap = -Math.log(1 - random()) * guesses / flood;
        clock.setTimer(clock.now() + gap, () => {
          if (!isOpen) return;
          forge();
          if (clock.now() < from) return;
          hits++;
          options.onDatagram(encodeReply(deadUid), gateway);
        });
      };
      forge();
      return {
        ...socket,
        close() {
          isOpen = false;
          socket.close();
        },
      };
    },
  };
  const verdicts: Record<string, number> = {};
  const tries: number[] = [];
  const world = {
    clock,
    random,
    datagrams,
    interfaces: { addresses: () => [] },
    names: { lookUp() {} },
  };
  keepAlive(session, {
    world,
    sockets: createSockets(world),
    onReport(report) {
      if (report.type !== "cycle") return;
      const { verdict } = report.result;
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      tries.push(report.result.tries);
    },
  });
  clock.runUntil(day - second);
  return { verdicts, tries, hits, sent: network.requests.length };
}

for (const rtt of [20, 100, 400, 900]) {
  Deno.test(`a gateway that answers after ${rtt} ms wins against a blind forger of deaths`, () => {
    const { verdicts, tries, hits, sent } = endure(rtt, { seed: rtt });
    assertEquals(verdicts, { alive: 1440 });
    assert(hits > 1440 * 6, `only ${hits} forged deaths hit`);
    const { confirm, tries: most } = session;
    assert(tries.every((sent) => sent <= confirm * most));
    assertEquals(sent, tries.reduce((sum, sent) => sum + sent, 0));
  });
}

Deno.test("a gateway that takes longer than a timeout wins as soon as that is known", () => {
  for (const rtt of [1_500, 2_000, 4_000]) {
    for (let seed = 1; seed <= 10; seed++) {
      const { verdicts } = endure(rtt, { seed, from: 30 * second });
      assertEquals(verdicts, { alive: 1440 }, `${rtt} ms, seed ${seed}`);
    }
  }
});
