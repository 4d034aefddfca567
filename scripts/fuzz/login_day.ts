/**
 * Keeps a session logged in for a day, at a site that kicks everybody every five
 * minutes, with logins that fail by chance and a reboot at noon.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  deadUid,
  decodeRequest,
  encodeReply,
} from "../../lib/protocol/srun.ts";
import { seededRandom } from "../../lib/random.ts";
import { createFakeWorld } from "../../lib/testing/fake_world.ts";
import { createFleet } from "../../lib/session/fleet.ts";
import type { Session } from "../../lib/session/session_state.ts";
import { testSession } from "../../lib/session/test_session.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** After this much of a day the site kicks nobody any more, and each login is right. */
const calm = 22 * hour;

/** A login that was seen; times in ms of the day. */
interface SeenLogin {
  readonly start: number;
  readonly end: number;
}

/**
 * The pause that DESIGN wants before the `n`th login since the session was last
 * alive for ten minutes.
 */
function wantedPause(n: number): number {
  let pause = 5 * second;
  for (let k = 2; k < n; k++) pause = Math.min(2 * pause, 30 * minute);
  return n < 2 ? 0 : pause;
}

/** What a day is like: the site kicks, logins fail, heartbeats get lost, and the machine starts anew at noon. */
function day(seed: number) {
  const random = seededRandom(seed);
  const below = (ms: number) => Math.floor(random() * ms);
  const loss = random() * 0.3;
  const failing = random() * 0.9;
  const interval = 2 * minute + below(4 * minute);
  const reboot = 11 * hour + below(2 * hour);
  // An hour in which nobody is kicked, in some of the days.
  const quiet = random() < 0.5 ? below(20 * hour) : Infinity;
  const site = { uid: 100, born: -Infinity };
  /** When sessions lived, from and to. */
  const lives: [from: number, to: number][] = [];
  const logins: SeenLogin[] = [];
  let file: string | null = null;
  let verdict: string | null = null;
  let isOver = false;

  function isCalm(at: number): boolean {
    return at >= calm || at >= quiet && at < quiet + hour;
  }

  /** Whether the site knows the session; it kicks five minutes after each login. */
  function isAlive(uid: string, at: number): boolean {
    const kick = site.born + 5 * minute;
    return uid === `${site.uid}` && (at < kick || isCalm(kick));
  }

  /** One boot of the machine, from a time on. */
  function boot(from: number, until: number): void {
    file = null;
    const world = createFakeWorld({
      respond({ bytes, at }) {
        const now = from + at;
        const isLost = () => now < calm && random() < loss;
        if (isLost()) return [];
        const uid = decodeRequest(bytes)!;
        const knows = isAlive(`${uid}`, now);
        if (knows) lives.at(-1)![1] = now;
        const said = knows ? uid : deadUid;
        return isLost() ? [] : [{ bytes: encodeReply(said), after: 1 }];
      },
    });
    const { clock } = world;
    const now = () => from + clock.now();
    const session: Session = {
      ...testSession,
      interval,
      identity: null,
      readIdentity: (callback) => callback(file),
      // What makes a death certain is tried elsewhere, and takes most of the time.
      confirm: 1,
      tries: 2,
      deadAfter: 0,
      login: "log-in",
    };
    const fleet = createFleet<Session>({
      world,
      onReport(_, report) {
        if (report.type === "cycle") verdict = report.result.verdict;
        if (report.type === "late") verdict = report.verdict;
        if (report.type === "ended") isOver = true;
      },
      logIn: () => (_request, callback) => {
        const start = now();
        clock.setTimer(clock.now() + below(20 * second), () => {
          logins.push({ start, end: now() });
          if (!isCalm(now()) && random() < failing) {
            // Some take what there was away, some leave it, some claim to be right.
            if (random() < 0.3) file = null;
            return callback(random() < 0.3 ? 0 : 1);
          }
          site.uid++;
          site.born = now();
          lives.push([now(), now()]);
          file = `${site.uid}`;
          callback(0);
        });
      },
      onEnd() {},
    }, Object.is);
    fleet.keep([session]);
    clock.runUntil(until - from);
    fleet.stop();
  }

  boot(0, reboot);
  boot(reboot + minute, 24 * hour);
  return {
    logins,
    lives,
    reboot,
    interval,
    verdict: verdict as string | null,
    isOver,
  };
}

/** Checks a day: it ends alive, and no two logins are closer than they may be. Returns how many there were. */
export function checkDay(seed: number): number {
  const { logins, lives, reboot, verdict, isOver } = day(seed);
  assert(!isOver, "run has ended");
  assertEquals(verdict, "alive");
  let n = 0;
  let last: SeenLogin | null = null;
  for (const login of logins) {
    const { start } = login;
    const isNewBoot = last !== null && last.end <= reboot && start > reboot;
    const wasLong = last !== null &&
      lives.some(([from, to]) =>
        from >= last!.start && to <= start && to - from >= 10 * minute
      );
    if (isNewBoot || wasLong) n = 0;
    n++;
    const gap = last === null || isNewBoot
      ? Infinity
      : Math.round(start - last.end);
    const wanted = wantedPause(n);
    assert(
      gap >= wanted,
      `login ${n} at ${start} ms came ${gap} ms after the last one, expected ${wanted}`,
    );
    last = login;
  }
  return logins.length;
}
