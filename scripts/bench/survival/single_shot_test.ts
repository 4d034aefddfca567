import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../../lib/random.ts";
import { noticeDeaths, survive } from "./figures.ts";
import { singleShot } from "./single_shot.ts";

const trial = { policy: singleShot, roundTrip: 20, sessions: 1_000 };
const losses = [0, 0.05, 0.1, 0.3, 0.5];
const minute = 60_000;

/** How probable it is that of a day's heartbeats, `loss` of which are lost, no `run` are lost in a row. */
function withoutRun(run: number, loss: number): number {
  // The first one comes with the login, which counts as well.
  const beats = 24 * 60 - 1;
  // After each beat: how probable each length of the run that ends there is.
  let lengths = [1, ...Array(run - 1).fill(0)];
  for (let beat = 0; beat < beats; beat++) {
    const alive = lengths.reduce((sum, it) => sum + it, 0);
    lengths = [
      alive * (1 - loss),
      ...lengths.slice(0, -1).map((it) => it * loss),
    ];
  }
  return lengths.reduce((sum, it) => sum + it, 0);
}

Deno.test("singleShot() confirms the share of cycles whose two packets both arrive", () => {
  for (const loss of losses) {
    // At a gateway that never drops anybody.
    const [figures] = survive({
      ...trial,
      sessions: 100,
      loss,
      random: seededRandom(1),
    }, [Infinity]);
    const wanted = (1 - loss) ** 2;
    const deviation = Math.sqrt(wanted * (1 - wanted) / (100 * 1440));
    const { confirmed, alive, perHour } = figures!;
    assert(Math.abs(confirmed - wanted) <= 4 * deviation, `${confirmed}`);
    assertEquals([alive, perHour], [1, 60]);
  }
});

Deno.test("singleShot() survives unless enough heartbeats are lost in a row", () => {
  for (const loss of losses) {
    const figures = survive({ ...trial, loss, random: seededRandom(1) }, [
      90_000,
      150_000,
      210_000,
    ]);
    for (const [k, { alive, perHour }] of figures.entries()) {
      const wanted = withoutRun(k + 1, loss);
      const deviation = Math.sqrt(wanted * (1 - wanted) / trial.sessions);
      const off = Math.abs(alive - wanted);
      assert(off <= 4 * deviation + 1e-9, `${loss}, ${k}: ${alive}, ${wanted}`);
      assertEquals(perHour, 60);
    }
  }
});

Deno.test("singleShot() notices a death when the first pair of packets arrives", () => {
  for (const loss of losses) {
    const latencies = noticeDeaths({
      ...trial,
      loss,
      random: seededRandom(1),
    });
    for (const minutes of [0.5, 1, 2, 4.5, 10]) {
      const whole = Math.floor(minutes);
      const noticed = (1 - loss) ** 2;
      const wanted = 1 -
        (1 - noticed) ** whole * (1 - noticed * (minutes - whole));
      const deviation = Math.sqrt(wanted * (1 - wanted) / trial.sessions);
      const until = minutes * minute + trial.roundTrip / 2;
      const share = latencies.filter((it) => it <= until).length /
        trial.sessions;
      const off = Math.abs(share - wanted);
      assert(off <= 4 * deviation + 1e-9, `${loss}: ${share}, ${wanted}`);
    }
  }
});

Deno.test("singleShot() notices no death behind a round trip longer than its wait", () => {
  for (const [roundTrip, never] of [[499, 0], [501, 10], [1_500, 10]]) {
    const latencies = noticeDeaths({
      ...trial,
      roundTrip: roundTrip!,
      sessions: 10,
      loss: 0,
      random: seededRandom(1),
    });
    assertEquals(latencies.filter((it) => it === Infinity).length, never);
  }
});
