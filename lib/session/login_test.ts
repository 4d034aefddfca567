import { assertEquals } from "@std/assert";
import type { LoginReport, Report } from "../finding.ts";
import { deadUid, decodeRequest, encodeReply } from "../protocol/srun.ts";
import { createFakeWorld } from "../testing/fake_world.ts";
import { createFleet } from "./fleet.ts";
import {
  advanceLogin,
  type LoginEvent,
  type LoginExit,
  noLogins,
  pauseAfter,
} from "./login.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

Deno.test("pauseAfter() doubles from five seconds up to thirty minutes", () => {
  const pauses = Array.from({ length: 12 }, (_, k) => pauseAfter(k) / second);
  const wanted = [0, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800];
  assertEquals(pauses, wanted);
});

const dead: LoginEvent = { type: "needed", reason: "dead" };
const unnamed: LoginEvent = { type: "needed", reason: "start" };
const alive: LoginEvent = { type: "alive" };
const time: LoginEvent = { type: "time" };
const replaced: LoginEvent = { type: "replaced" };
const reset: LoginEvent = { type: "reset" };
const exit = (exit: LoginExit): LoginEvent => ({ type: "exit", exit });

/** What logins do at events, each at a time in s; a line for each effect. */
function script(
  events: readonly (readonly [at: number, event: LoginEvent])[],
  tries: number | null = null,
): string[] {
  let state = noLogins;
  return events.flatMap(([at, event]) => {
    const now = at * second;
    const [next, effects] = advanceLogin(state, event, { now, tries });
    state = next;
    return effects.map((effect) => {
      if (effect.type === "report") return `${at} ${words(effect.report)}`;
      if (effect.type !== "start") return `${at} ${effect.type}`;
      const { attempt, reason, lastExit } = effect.request;
      return `${at} start ${attempt} ${reason} ${lastExit}`;
    });
  });
}

function words({ status, wait, isEnd }: LoginReport): string {
  const left = wait === null ? "" : ` in ${wait / second}`;
  const { state, attempt } = status;
  return `${state} ${attempt}${left}${isEnd ? ", ended" : ""}`;
}

Deno.test("advanceLogin() logs in at once, and after growing pauses", () => {
  assertEquals(
    script([
      [0, unnamed],
      [0, time],
      [1, exit(1)],
      [5, time],
      [6, time],
      [7, exit(0)],
      [8, dead],
      [17, time],
      [18, exit("timeout")],
      [20, dead],
      [38, time],
      [39, exit(0)],
      [40, alive],
    ]),
    [
      "0 due 1 in 0",
      "0 running 1",
      "0 start 1 start null",
      "1 due 2 in 5, ended",
      "6 running 2",
      "6 start 2 start 1",
      "7 hopeful 2, ended",
      "7 ask",
      "8 due 3 in 9",
      "17 running 3",
      "17 start 3 dead 0",
      "18 due 4 in 20, ended",
      "38 running 4",
      "38 start 4 dead timeout",
      "39 hopeful 4, ended",
      "39 ask",
      "40 idle 4",
    ],
  );
});

Deno.test("advanceLogin() takes an old command's 77 for no word about the new one", () => {
  const first = [[0, dead], [0, time], [1, replaced]] as const;
  const old = [...first, [2, exit(77)]] as const;
  assertEquals(script(old).at(-1), "2 due 2 in 5, ended");
  const next = script([...old, [7, time], [8, exit(77)]]);
  assertEquals(next.slice(-2), ["8 over 2, ended", "8 give-up"]);
  // It counts for login_tries, as any other that did not help.
  assertEquals(script(old, 1).at(-1), "2 give-up");
  // What has ended well has logged in.
  assertEquals(script([...first, [2, exit(0)]]).at(-1), "2 ask");
  const failed = [[0, dead], [0, time], [1, exit(1)]] as const;
  assertEquals(script([...failed, [2, replaced], [6, time], [7, exit(77)]]), [
    ...script([...failed, [6, time], [7, exit(77)]]),
  ]);
});

Deno.test("advanceLogin() tells a login the newest reason", () => {
  assertEquals(
    script([
      [0, unnamed],
      [0, time],
      [1, exit(1)],
      [2, dead],
      [3, dead],
      [6, time],
      [7, unnamed],
      [8, exit(1)],
      [18, time],
    ]),
    [
      "0 due 1 in 0",
      "0 running 1",
      "0 start 1 start null",
      "1 due 2 in 5, ended",
      "2 due 2 in 4",
      "6 running 2",
      "6 start 2 dead 1",
      "8 due 3 in 10, ended",
      "18 running 3",
      "18 start 3 start 1",
    ],
  );
});

Deno.test("advanceLogin() forgets the pause only after ten minutes alive", () => {
  const rows: [alive: number, died: number, waits: number][] = [
    [1, 599, 0],
    [2, 601, 0],
    [2, 602, 0],
  ];
  for (const [born, seen] of rows) {
    const lines = script([
      [0, dead],
      [0, time],
      [1, exit(0)],
      [born, alive],
      [seen, alive],
      [seen, dead],
      [seen, time],
      [seen, exit(1)],
    ]);
    const wait = seen - born >= 600 ? 5 : 10;
    const attempt = seen - born >= 600 ? 2 : 3;
    assertEquals(lines.at(-1), `${seen} due ${attempt} in ${wait}, ended`);
  }
  // A death in between begins the ten minutes anew.
  const interrupted = script([
    [0, alive],
    [500, dead],
    [500, time],
    [500, exit(0)],
    [501, alive],
    [700, alive],
    [701, dead],
    [701, time],
    [702, exit(1)],
  ]);
  assertEquals(interrupted.at(-1), "702 due 3 in 10, ended");
});

Deno.test("advanceLogin() pauses after a login that outlasts ten minutes alive", () => {
  const running = [[0, dead], [0, time], [1, alive], [601, alive]] as const;
  const failed = script([...running, [602, exit(1)], [603, dead]]);
  assertEquals(failed.slice(-2), ["602 idle 1, ended", "603 due 2 in 4"]);
  const well = script([
    ...running,
    [602, exit(0)],
    [603, alive],
    [604, dead],
  ]);
  assertEquals(well.slice(-4), [
    "602 hopeful 1, ended",
    "602 ask",
    "603 idle 0",
    "604 due 1 in 3",
  ]);
});

Deno.test("advanceLogin() waits no longer once the session is alive, begins anew or is over", () => {
  for (const event of [alive, reset]) {
    const failed = [[0, dead], [0, time], [0, exit(1)]] as const;
    const lines = script([...failed, [3, event], [5, time]]);
    assertEquals(lines.at(-1), "3 idle 1");
    // What ran meanwhile may say what it will.
    for (const code of [1, 77, "SIGTERM"]) {
      const during = script([
        [0, dead],
        [0, time],
        [3, event],
        [4, exit(code)],
      ]);
      assertEquals(during.at(-1), "4 idle 1, ended");
    }
    // Nor does that bring the next one nearer.
    const again = script([...failed, [1, event], [2, dead]]);
    assertEquals(again.at(-1), "2 due 2 in 3");
  }
});

Deno.test("advanceLogin() tries again where a login is hopeless that began before the session began anew", () => {
  const lines = script([
    [0, dead],
    [0, time],
    [1, reset],
    [2, dead],
    [3, exit(77)],
    [8, time],
    [9, exit(77)],
  ]);
  assertEquals(lines.slice(3), [
    "3 due 2 in 5, ended",
    "8 running 2",
    "8 start 2 dead 77",
    "9 over 2, ended",
    "9 give-up",
  ]);
});

Deno.test("advanceLogin() gives up at status 77, and after so many that did not help", () => {
  const first = [[0, dead], [0, time]] as const;
  assertEquals(script([...first, [1, exit(77)], [99, time]]).slice(-2), [
    "1 over 1, ended",
    "1 give-up",
  ]);
  const three = script([
    ...first,
    [1, exit(1)],
    [6, time],
    [7, exit(0)],
    [8, dead],
    [17, time],
    [18, exit(1)],
  ], 3);
  assertEquals(three.slice(-2), ["18 over 3, ended", "18 give-up"]);
  // The last one ended well, and did not help.
  const vain = script([...first, [1, exit(0)], [2, dead]], 1);
  assertEquals(vain.slice(-2), ["2 over 1", "2 give-up"]);
  // A session that begins anew does not start the count anew, even while a login runs.
  const again = [
    ...first,
    [1, reset],
    [2, exit(1)],
    [3, dead],
    [7, time],
    [8, reset],
    [9, exit(0)],
    [10, dead],
  ] as const;
  assertEquals(script(again, 2).slice(-2), ["10 over 2", "10 give-up"]);
  // What was given up is tried as often again once it is begun again.
  const renewed = script([...again, [11, reset], [19, dead], [19, time], [
    20,
    exit(1),
  ]], 2);
  assertEquals(renewed.at(-1), "20 due 4 in 20, ended");
  // An alive starts the count anew.
  const helped = script([
    ...first,
    [1, exit(1)],
    [6, time],
    [7, exit(0)],
    [8, alive],
    [9, dead],
    [17, time],
    [18, exit(1)],
  ], 2);
  assertEquals(helped.at(-1), "18 due 4 in 20, ended");
});

/** A site, and logins there. */
interface Site {
  /** How long a session lives after its login, in s. */
  readonly lifetime?: number;
  /** How logins end, in turn, the last for ever; with 0 there is a new session. */
  readonly exits?: readonly LoginExit[];
  /** How long each takes, in s. */
  readonly takes?: number;
  /** The UID in the file at the start; `null` for none. */
  readonly uid?: string | null;
  /** What the settings are. */
  readonly change?: Partial<Session>;
}

/** A fleet of one session that reads its UID from a file. */
function setUp(
  { lifetime = Infinity, exits = [0], takes = 2, uid = "1", change }: Site,
) {
  const lines: string[] = [];
  const asked: string[] = [];
  const site = { living: uid, born: 0, file: uid, isDown: false };
  let logins = 0;
  const world = createFakeWorld({
    respond({ bytes, at }) {
      const uid = `${decodeRequest(bytes)}`;
      asked.push(`${Math.floor(at / second)} ${uid}`);
      if (site.isDown) return [];
      const isAlive = uid === site.living &&
        at - site.born < lifetime * second;
      const said = isAlive ? BigInt(uid) : deadUid;
      return [{ bytes: encodeReply(said), after: 1 }];
    },
  });
  const { clock } = world;
  const tell = (text: string) =>
    lines.push(`${Math.floor(clock.now() / second)} ${text}`);
  const session: Session = {
    ...testSession,
    identity: uid,
    readIdentity: (callback) => callback(site.file),
    deadAfter: 0,
    login: "log-in",
    ...change,
  };
  const fleet = createFleet<Session>({
    world,
    onReport: (_, report) => {
      const line = lineOf(report);
      if (line !== null) tell(line);
    },
    logIn: () => ({ attempt, reason }, callback) => {
      tell(`log in ${attempt} ${reason}`);
      const code = exits[Math.min(logins++, exits.length - 1)]!;
      clock.setTimer(clock.now() + takes * second, () => {
        if (code === 0) {
          site.file = `${100 + logins}`;
          site.living = site.file;
          site.born = clock.now();
        }
        callback(code);
      });
    },
    onEnd: (verdicts) => tell(`over ${verdicts}`),
  }, (a, b) => JSON.stringify(a) === JSON.stringify(b));
  fleet.keep([session]);
  return { lines, asked, site, fleet, clock, session };
}

function lineOf(report: Report): string | null {
  if (report.type === "transition") return `${report.from} ${report.to}`;
  return report.type === "ended" ? `ended ${report.verdict}` : null;
}

const loginsIn = (lines: readonly string[]) =>
  lines.filter((line) => line.includes("log in"))
    .map((line) => Number.parseInt(line));

Deno.test("keep() goes on with the UID of a new login, which a cycle asks at once", () => {
  const { lines, asked, site, clock } = setUp({ lifetime: 90 });
  clock.runUntil(130 * second);
  site.born = Infinity;
  clock.runUntil(200 * second);
  assertEquals(lines, [
    "0 none alive",
    "121 alive dead",
    "121 log in 1 dead",
    "123 dead alive",
  ]);
  assertEquals([...new Set(asked)], [
    "0 1",
    "60 1",
    "120 1",
    "123 101",
    "183 101",
  ]);
});

Deno.test("keep() begins with a login where nothing names the session", () => {
  const { lines, asked, clock } = setUp({ uid: null, exits: [1, 1, 0] });
  clock.runUntil(minute);
  assertEquals(lines, [
    "0 log in 1 start",
    "7 log in 2 start",
    "19 log in 3 start",
    "21 none alive",
  ]);
  assertEquals(
    new Set(asked.map((line) => line.split(" ")[1])),
    new Set(["103"]),
  );
});

Deno.test("keep() finds a UID that somebody else has written, and waits no longer", () => {
  const { lines, site, clock } = setUp({ uid: null, exits: [1] });
  clock.runUntil(100 * second);
  // The fifth login would be at 91 s, and the sixth 80 s later.
  site.file = site.living = "7";
  clock.runUntil(hour);
  assertEquals(loginsIn(lines).length, 5);
  assertEquals(lines.at(-1), "120 none alive");
});

Deno.test("keep() goes on with heartbeats until the next login, and an alive one cancels it", () => {
  const { lines, asked, site, clock } = setUp({
    lifetime: 30,
    exits: [1],
    change: { interval: 10 * second },
  });
  clock.runUntil(75 * second);
  assertEquals(loginsIn(lines), [31, 38, 50, 72]);
  assertEquals(asked.filter((line) => line.startsWith("5")).length > 0, true);
  site.born = Infinity;
  clock.runUntil(hour);
  assertEquals(lines.at(-1), "80 dead alive");
  assertEquals(loginsIn(lines).length, 4);
});

Deno.test("keep() waits for a site that kicks, however often, and never ends", () => {
  const { lines, clock } = setUp({ lifetime: 300 });
  clock.runUntil(24 * hour);
  const logins = loginsIn(lines);
  const gaps = logins.slice(1).map((at, k) => at - logins[k]!);
  gaps.forEach((gap, k) => {
    const pause = pauseAfter(k + 1) / second + 2;
    if (gap < pause) throw new Error(`login ${k + 2} came after ${gap} s`);
  });
  assertEquals(lines.some((line) => line.includes("ended")), false);
  assertEquals(logins.length > 48, true);
});

Deno.test("keep() ends with a death where no login can help, also before there was any verdict", () => {
  const hopeless = setUp({ uid: null, exits: [77] });
  hopeless.clock.runUntil(hour);
  assertEquals(hopeless.lines, [
    "0 log in 1 start",
    "2 none dead",
    "2 ended dead",
    "2 over dead",
  ]);
  const later = setUp({ lifetime: 90, exits: [77] });
  later.clock.runUntil(hour);
  assertEquals(later.lines.slice(-4), [
    "121 alive dead",
    "121 log in 1 dead",
    "123 ended dead",
    "123 over dead",
  ]);
  const tried = setUp({ lifetime: 90, exits: [1], change: { loginTries: 3 } });
  tried.clock.runUntil(hour);
  assertEquals(tried.lines.slice(-3), [
    "140 log in 3 dead",
    "142 ended dead",
    "142 over dead",
  ]);
  for (const { clock } of [hopeless, later, tried]) {
    assertEquals(clock.runUntil(2 * hour), undefined);
  }
});

Deno.test("keep() does not take a death for a login's failure that was asked for before it ended", () => {
  // Each cycle takes a second; the login ends in the middle of one.
  const { lines, site, clock } = setUp({
    lifetime: 5,
    exits: [0],
    takes: 9.5,
    change: { interval: 10 * second, loginTries: 1 },
  });
  clock.runUntil(20.6 * second);
  site.born = Infinity;
  clock.runUntil(minute);
  assertEquals(lines, [
    "0 none alive",
    "11 alive dead",
    "11 log in 1 dead",
    "21 dead alive",
  ]);
});

Deno.test("keep() carries the pause over a reload, whatever it changes", () => {
  const changes: Partial<Session>[] = [
    { interval: 7 * second },
    { gateway: { host: "192.0.2.9", port: 3335 } },
    { identity: "9", readIdentity: null },
    { readIdentity: (callback) => callback("9") },
  ];
  for (const change of changes) {
    const { lines, fleet, clock, session } = setUp({
      lifetime: 0,
      exits: [1],
      takes: 1,
      change: { interval: 10 * second },
    });
    clock.runUntil(3 * second);
    for (let at = 4; at < 40; at += 2) {
      clock.runUntil(at * second);
      fleet.keep([{ ...session, ...at % 4 === 0 && change }]);
      if (at === 20) {
        // Not even where the session was away for a moment.
        fleet.keep([{ ...session, name: "other", login: null }]);
        fleet.keep([session]);
      }
    }
    const logins = loginsIn(lines);
    logins.slice(1).forEach((at, k) => {
      const gap = at - logins[k]!;
      if (gap < pauseAfter(k + 1) / second) {
        throw new Error(`login ${k + 2} came after ${gap} s`);
      }
    });
    assertEquals(logins.length >= 2 && logins.length <= 4, true);
  }
});

Deno.test("keep() judges a login by the command that ran, and tries the one that a reload has put in its place", () => {
  const { lines, fleet, clock, session } = setUp({ uid: null, exits: [77] });
  clock.runUntil(second);
  fleet.keep([{ ...session, login: `${session.login} again` }]);
  clock.runUntil(hour);
  assertEquals(lines, [
    "0 log in 1 start",
    "7 log in 2 start",
    "9 none dead",
    "9 ended dead",
    "9 over dead",
  ]);
});

Deno.test("keep() gives up on a session that could never be asked, without a verdict", () => {
  const { lines, clock } = setUp({
    uid: null,
    exits: [1],
    change: { giveUpAfter: 90 * second },
  });
  clock.runUntil(hour);
  assertEquals(lines.slice(-2), ["90 ended silent", "90 over silent"]);
});

Deno.test("keep() makes no more cycles than it was told, and logs in after none of them in vain", () => {
  const { lines, clock } = setUp({ lifetime: 90, change: { count: 3 } });
  clock.runUntil(hour);
  assertEquals(lines, [
    "0 none alive",
    "121 alive dead",
    "121 ended dead",
    "121 over dead",
  ]);
});
