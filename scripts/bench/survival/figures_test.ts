import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../../lib/random.ts";
import { noticeDeaths, survive } from "./figures.ts";
import { live } from "./life.ts";
import { lifesign, type Policy } from "./policy.ts";
import { singleShot } from "./single_shot.ts";

/** Sends a datagram at each of these times; each is a cycle, and a second late they are over. */
function at(...times: number[]): Policy {
  return ({ clock, datagrams, onCycle }) => {
    for (const time of times) {
      clock.setTimer(time, () => {
        const socket = datagrams.bind({
          host: "0.0.0.0",
          port: 0,
          longest: 16,
          onDatagram: () => {},
        });
        const to = { host: "192.0.2.1", port: 3335 };
        if ("send" in socket) socket.send(new Uint8Array(8), to, () => {});
        clock.setTimer(time + 1000, () => onCycle(time === 0));
      });
    }
  };
}

Deno.test("survive() counts up to the end of a session's silence", () => {
  const policy = at(0, 60_000, 120_000, 240_000, 300_000);
  const random = () => 0.5;
  const trial = { policy, loss: 0, roundTrip: 0, sessions: 1, random };
  assertEquals(survive(trial, [60_000, 61_000, 120_001, 86_280_000]), [
    { alive: 0, confirmed: 1, perHour: 60 },
    { alive: 0, confirmed: 1 / 3, perHour: 45 },
    // The last cycle has no next one: its time is that up to the end.
    { alive: 0, confirmed: 1 / 5, perHour: 5 * 3_600_000 / 420_001 },
    { alive: 1, confirmed: 1 / 5, perHour: 5 / 24 },
  ]);
});

Deno.test("survive() finds for one gateway what it finds for it among others", () => {
  for (const policy of [lifesign, singleShot]) {
    for (let seed = 1; seed <= 20; seed++) {
      const at = (...silences: number[]) =>
        survive({
          policy,
          loss: 0.4,
          roundTrip: 20,
          sessions: 1,
          random: seededRandom(seed),
        }, silences);
      const all = at(90_000, 150_000, 210_000);
      assertEquals(all, [
        ...at(90_000),
        ...at(150_000),
        ...at(210_000),
      ]);
    }
  }
});

Deno.test("survive() finds that lifesign sends one heartbeat a minute if nothing is lost", () => {
  const random = () => 0;
  const trial = { policy: lifesign, loss: 0, roundTrip: 20, random };
  assertEquals(survive({ ...trial, sessions: 3 }, [60_001]), [
    { alive: 1, confirmed: 1, perHour: 60 },
  ]);
});

Deno.test("survive() finds that lifesign confirms a cycle if one of three tries is answered", () => {
  for (const loss of [0.1, 0.3, 0.5]) {
    const [figures] = survive({
      policy: lifesign,
      loss,
      roundTrip: 20,
      sessions: 50,
      random: seededRandom(1),
    }, [Infinity]);
    const wanted = 1 - (1 - (1 - loss) ** 2) ** 3;
    const deviation = Math.sqrt(wanted * (1 - wanted) / (50 * 1440));
    const { confirmed } = figures!;
    assert(Math.abs(confirmed - wanted) <= 4 * deviation, `${confirmed}`);
  }
});

Deno.test("noticeDeaths() tells the shortest latencies first, and never last", () => {
  let k = 0;
  // Each second session is told of its death ten minutes after its login, the others never.
  const policy: Policy = ({ clock, onDead }) => {
    if (k++ % 2 === 0) clock.setTimer(10 * 60_000, onDead);
  };
  const latencies = noticeDeaths({
    policy,
    loss: 0,
    roundTrip: 0,
    sessions: 6,
    random: () => k / 8,
  });
  assertEquals(latencies, [
    150_000,
    225_000,
    300_000,
    ...Array(3).fill(Infinity),
  ]);
});

Deno.test("live() finds that lifesign tells an honest death within dead_after, a timeout and half a second", () => {
  const cycle = 5 * 60_000;
  for (const roundTrip of [0, 1, 20, 200, 499]) {
    const { noticedAt } = live({
      policy: lifesign,
      loss: 0,
      roundTrip,
      random: () => 0.5,
      killedAt: cycle - 1,
      until: 2 * cycle,
    });
    const took = noticedAt - cycle;
    assert(took >= 2_000 && took <= 3_500, `${took} ms at ${roundTrip} ms`);
  }
});
