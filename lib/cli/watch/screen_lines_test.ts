import { assert, assertEquals } from "@std/assert";
import { stripAnsiCode, yellow } from "@std/fmt/colors";
import { keyLines, noWishes, type Wishes } from "./keys.ts";
import { screenLines, type View } from "./screen_lines.ts";
import type { SeenTransition, WatchedSession, WatchState } from "./state.ts";
import { at, cyclesOf, judged, now, statusOf } from "./test_status.ts";
import { widthOf } from "./text.ts";

const minute = 60_000;

/** Nothing but what is given. */
function stateOf(change: Partial<WatchState> = {}): WatchState {
  return {
    title: "lifesign 0.1.0 keeps 1 session alive",
    isOver: false,
    sessions: [],
    events: [],
    messages: [],
    ...change,
  };
}

/** Looks at 80×24 characters, unless something else is given. */
function view(change: Partial<View> = {}): View {
  return {
    columns: 79,
    rows: 24,
    now,
    zone: { name: "UTC", offset: () => 0 },
    colours: false,
    isLast: false,
    hasKeys: true,
    wishes: noWishes,
    mayAsk: true,
    ...change,
  };
}

const lossy: WatchedSession = {
  status: judged("dorm", "alive"),
  cycles: cyclesOf("2 2 2.1 1.9 2 x 2*90 2 3*250 8 2 2 1.9"),
};

const office: WatchedSession = {
  status: judged("office", "silent", { without_alive_15min: 1 }),
  cycles: cyclesOf("2 2 x x x"),
};

const many: readonly WatchedSession[] = [
  lossy,
  office,
  { status: judged("library", "dead"), cycles: cyclesOf("2 2 2 d") },
  { status: judged("gym", "unsendable"), cycles: cyclesOf("x x") },
  { status: statusOf("a-cellar-with-a-long-name"), cycles: [] },
  ...["lab-1", "lab-2", "lab-3"].map((name) => ({
    status: judged(name, "alive"),
    cycles: cyclesOf("2 2 2"),
  })),
];

/** A transition of `dorm`, a time in minutes ago. */
function transition(
  ago: number,
  change: Pick<SeenTransition, "from" | "to" | "why">,
): SeenTransition {
  return { time: now - ago * minute, session: "dorm", ...change };
}

const tried = "192.0.2.1:3335, 1.9 ms, 1 try";
const lost = "no answer from 192.0.2.1:3335, 3 tries";
const late = "answered after 6000 ms";
const history: Pick<WatchState, "events" | "messages"> = {
  events: [
    transition(24 * 60, { from: "none", to: "alive", why: tried }),
    transition(7, { from: "alive", to: "silent", why: lost }),
    transition(6, { from: "silent", to: "alive", why: late }),
  ],
  messages: [
    { time: now - minute, level: "info", text: "read the settings again" },
    {
      time: now - 3_000,
      level: "warn",
      text: "/run/dorm.uid: others can read the file",
    },
  ],
};

const rows: [
  what: string,
  state: WatchState,
  change: Partial<View>,
  screen: string,
][] = [
  [
    "one session at 80×24",
    stateOf({ sessions: [lossy], ...history }),
    {},
    `
lifesign 0.1.0 keeps 1 session alive                                   14:05:33

dorm at 192.0.2.1:3335                                             next in 42 s
alive for 25 min, since 13:40:33

rtt                                                   ▁▁▁▁▁×█▁█▅▁▁▁      1.9 ms
tries                                                       2 3           1 try
no answer 0 % in 15 min, 3.3 % in 24 h

13:59:33     silent → alive  answered after 6000 ms
13:58:33     alive → silent  no answer from 192.0.2.1:3335, 3 tries
11-20 14:05  alive           192.0.2.1:3335, 1.9 ms, 1 try








14:04:33  info read the settings again
14:05:30  warn /run/dorm.uid: others can read the file

? lists keys, q leaves`,
  ],
  [
    "a session before its first verdict",
    stateOf({
      sessions: [{
        status: statusOf("dorm", { next_cycle: at(0) }),
        cycles: [],
      }],
    }),
    { rows: 12 },
    `
lifesign 0.1.0 keeps 1 session alive                                   14:05:33

dorm at 192.0.2.1:3335                                                   asking
no verdict yet

rtt                                                                           -
tries                                                                         -
no answer -



? lists keys, q leaves`,
  ],
  [
    "two sessions, one at fault",
    stateOf({ sessions: [lossy, office] }),
    { rows: 18 },
    `
lifesign 0.1.0 keeps 1 session alive: 1 alive, 1 silent                14:05:33

dorm at 192.0.2.1:3335                                             next in 42 s
alive for 25 min, since 13:40:33

rtt                                                   ▁▁▁▁▁×█▁█▅▁▁▁      1.9 ms
tries                                                       2 3           1 try
no answer 0 % in 15 min, 3.3 % in 24 h

office at 192.0.2.1:3335                                           next in 42 s
silent for 25 min, since 13:40:33, last alive 14:04:03

rtt                                                           ▁▁×××           -
tries                                                                   3 tries
no answer 100 % in 15 min, 3.3 % in 24 h


? lists keys, q leaves`,
  ],
  [
    "a session that has died",
    stateOf({ sessions: [many[2]!] }),
    { rows: 12 },
    `
lifesign 0.1.0 keeps 1 session alive                                   14:05:33

library at 192.0.2.1:3335                                         no next cycle
dead for 25 min, since 13:40:33, last alive 14:04:03

rtt                                                            ▁▁▁†           -
tries                                                                   2 tries
no answer 0 % in 15 min, 3.3 % in 24 h



? lists keys, q leaves`,
  ],
  [
    "an agent that is gone",
    stateOf({
      title: "lifesign 0.1.0, process 4711: gone, last report 3 min ago",
      isOver: true,
      sessions: [lossy],
    }),
    { rows: 12 },
    `
lifesign 0.1.0, process 4711: gone, last report 3 min ago              14:05:33

dorm at 192.0.2.1:3335
alive? since 13:40:33

rtt                                                   ▁▁▁▁▁×█▁█▅▁▁▁      1.9 ms
tries                                                       2 3           1 try
no answer 0 % in 15 min, 3.3 % in 24 h



? lists keys, q leaves`,
  ],
  [
    "40 columns",
    stateOf({ sessions: [lossy], ...history }),
    { columns: 39, rows: 17 },
    `
lifesign 0.1.0 keeps 1 session alive

dorm at 192.0.2.1:3335     next in 42 s
alive for 25 min, since 13:40:33

rtt           ▁▁▁▁▁×█▁█▅▁▁▁      1.9 ms
tries               2 3           1 try
no answer 0 % in 15 min, 3.3 % in 24 h

13:59:33     silent → alive  answered …
13:58:33     alive → silent  no answer…
11-20 14:05  alive           192.0.2.1…

14:04:33  info read the settings again
14:05:30  warn /run/dorm.uid: others c…

? lists keys, q leaves`,
  ],
  [
    "many sessions",
    stateOf({ sessions: many, ...history }),
    {},
    `
lifesign 0.1.0 keeps 1 session alive: 4 alive, 1 dead, 1 silent, 1 unsendable,…

SESSION          VERDICT         FOR    NEXT       RTT  MISS 15m/24h     CYCLES
dorm             alive        25 min    42 s    1.9 ms       0/3.3 %  ▁×█▁█▅▁▁▁
office           silent       25 min    42 s         -     100/3.3 %      ▁▁×××
library          dead         25 min       -         -       0/3.3 %       ▁▁▁†
gym              unsendable   25 min    42 s         -       0/3.3 %         ××
a-cellar-with-…  none yet          -       -         -             -
lab-1            alive        25 min    42 s    1.9 ms       0/3.3 %        ▁▁▁
lab-2            alive        25 min    42 s    1.9 ms       0/3.3 %        ▁▁▁
lab-3            alive        25 min    42 s    1.9 ms       0/3.3 %        ▁▁▁

13:59:33     dorm  silent → alive  answered after 6000 ms
13:58:33     dorm  alive → silent  no answer from 192.0.2.1:3335, 3 tries
11-20 14:05  dorm  alive           192.0.2.1:3335, 1.9 ms, 1 try





14:04:33  info read the settings again
14:05:30  warn /run/dorm.uid: others can read the file

? lists keys, q leaves`,
  ],
  [
    "many sessions of an agent that is gone",
    stateOf({ isOver: true, sessions: many }),
    { rows: 13 },
    `
lifesign 0.1.0 keeps 1 session alive                                   14:05:33

SESSION  VERDICT         FOR    NEXT       RTT  TRIES  MISS 15m/24h      CYCLES
library  dead         25 min       -         -      2       0/3.3 %        ▁▁▁†
gym      unsendable?       -       -         -      3       0/3.3 %          ××
office   silent?           -       -         -      3     100/3.3 %       ▁▁×××
dorm     alive?            -       -    1.9 ms      1       0/3.3 %  ▁▁×█▁█▅▁▁▁
lab-1    alive?            -       -    1.9 ms      1       0/3.3 %         ▁▁▁
lab-2    alive?            -       -    1.9 ms      1       0/3.3 %         ▁▁▁
… and 2 more: 1 alive, 1 without a verdict


? lists keys, q leaves`,
  ],
  [
    "too many sessions for the rows, the worst first",
    stateOf({ sessions: many, ...history }),
    { rows: 13 },
    `
lifesign 0.1.0 keeps 1 session alive: 4 alive, 1 dead, 1 silent, 1 unsendable,…

SESSION  VERDICT         FOR    NEXT       RTT  TRIES  MISS 15m/24h      CYCLES
library  dead         25 min       -         -      2       0/3.3 %        ▁▁▁†
gym      unsendable   25 min    42 s         -      3       0/3.3 %          ××
office   silent       25 min    42 s         -      3     100/3.3 %       ▁▁×××
dorm     alive        25 min    42 s    1.9 ms      1       0/3.3 %  ▁▁×█▁█▅▁▁▁
… and 4 more: 3 alive, 1 without a verdict

14:04:33  info read the settings again
14:05:30  warn /run/dorm.uid: others can read the file

? lists keys, q leaves`,
  ],
  [
    "many sessions in 40 columns",
    stateOf({ sessions: many }),
    { columns: 39, rows: 13 },
    `
lifesign 0.1.0 keeps 1 session alive: …

SESSION  VERDICT         FOR     CYCLES
library  dead         25 min       ▁▁▁†
gym      unsendable   25 min         ××
office   silent       25 min      ▁▁×××
dorm     alive        25 min  ▁×█▁█▅▁▁▁
lab-1    alive        25 min        ▁▁▁
lab-2    alive        25 min        ▁▁▁
… and 2 more: 1 alive, 1 without a ver…


? lists keys, q leaves`,
  ],
  [
    "5 rows, one session",
    stateOf({ sessions: [lossy], ...history }),
    { rows: 5 },
    `
lifesign 0.1.0 keeps 1 session alive                                   14:05:33
dorm     alive        25 min    42 s    1.9 ms      1       0/3.3 %  ▁▁×█▁█▅▁▁▁
13:59:33     silent → alive  answered after 6000 ms
13:58:33     alive → silent  no answer from 192.0.2.1:3335, 3 tries
11-20 14:05  alive           192.0.2.1:3335, 1.9 ms, 1 try`,
  ],
  [
    "5 rows, many sessions",
    stateOf({ sessions: many, ...history }),
    { rows: 5 },
    `
lifesign 0.1.0 keeps 1 session alive: 4 alive, 1 dead, 1 silent, 1 unsendable,…
library  dead         25 min       -         -      2       0/3.3 %        ▁▁▁†
gym      unsendable   25 min    42 s         -      3       0/3.3 %          ××
office   silent       25 min    42 s         -      3     100/3.3 %       ▁▁×××
… and 5 more: 4 alive, 1 without a verdict`,
  ],
  [
    "2 rows",
    stateOf({ sessions: many, ...history }),
    { rows: 2, columns: 20 },
    `
library  dead
… and 7 more: 2 at …`,
  ],
  [
    "no session at all",
    stateOf({
      title: "/run/status.json: no agent has written this file",
      isOver: true,
    }),
    { rows: 11 },
    `
/run/status.json: no agent has written this file                       14:05:33









? lists keys, q leaves`,
  ],
  [
    "the last look",
    stateOf({
      title: "lifesign 0.1.0: stopped",
      sessions: [lossy],
      ...history,
    }),
    { isLast: true },
    `
lifesign 0.1.0: stopped

dorm at 192.0.2.1:3335
alive for 25 min, since 13:40:33

rtt                                                   ▁▁▁▁▁×█▁█▅▁▁▁      1.9 ms
tries                                                       2 3           1 try
no answer 0 % in 15 min, 3.3 % in 24 h

13:59:33     silent → alive  answered after 6000 ms
13:58:33     alive → silent  no answer from 192.0.2.1:3335, 3 tries
11-20 14:05  alive           192.0.2.1:3335, 1.9 ms, 1 try

14:04:33  info read the settings again
14:05:30  warn /run/dorm.uid: others can read the file`,
  ],
];

for (const [what, state, change, screen] of rows) {
  Deno.test(`screenLines() shows ${what}`, () => {
    assertEquals("\n" + screenLines(state, view(change)).join("\n"), screen);
  });
}

Deno.test("screenLines() fits whatever size a screen has", () => {
  const states = rows.map(([, state]) => state);
  for (const isLast of [false, true]) {
    for (let columns = 1; columns <= 130; columns += 9) {
      for (let rows = 1; rows <= 40; rows++) {
        for (const state of states) {
          const lines = screenLines(state, view({ columns, rows, isLast }));
          const widest = Math.max(0, ...lines.map(widthOf));
          assert(
            lines.length <= rows && widest <= columns,
            `${columns}×${rows}: ${lines.length}, ${widest}`,
          );
        }
      }
    }
  }
});

Deno.test("screenLines() says nothing by colours alone", () => {
  for (const [what, state, change] of rows) {
    const plain = screenLines(state, view(change));
    const painted = screenLines(state, view({ ...change, colours: true }));
    assertEquals(
      painted.map((line) => stripAnsiCode(line).trimEnd()),
      plain,
      what,
    );
  }
  const painted = screenLines(
    stateOf({ sessions: [office] }),
    view({ colours: true }),
  );
  assert(painted[3]!.startsWith(yellow("silent")), painted[3]);
});

Deno.test("screenLines() shows times where the terminal is", () => {
  const zone = { name: "Pacific/Honolulu", offset: () => -10 * 60 * minute };
  const state = stateOf({ sessions: [lossy], ...history });
  const lines = screenLines(state, view({ zone }));
  assert(lines[0]!.endsWith(" 04:05:33"), lines[0]);
  assert(lines[3]!.endsWith(", since 03:40:33"), lines[3]);
  assert(lines[11]!.startsWith("11-20 04:05  alive"), lines[11]);
});

Deno.test("screenLines() names the key that leaves, or what does where no key is heard", () => {
  const foot = (hasKeys: boolean) =>
    screenLines(stateOf({ sessions: [lossy] }), view({ hasKeys })).at(-1);
  assertEquals([foot(true), foot(false)], [
    "? lists keys, q leaves",
    "Ctrl-C leaves",
  ]);
});

Deno.test("screenLines() shows what was wished by keys", () => {
  const lines = (wishes: Partial<Wishes>) =>
    screenLines(
      stateOf({ sessions: many }),
      view({ wishes: { ...noWishes, ...wishes } }),
    );
  const names = (wishes: Partial<Wishes>) =>
    lines(wishes).slice(3, 11).map((line) => line.split(/ +/)[0]);
  assertEquals(names({}).slice(0, 3), ["dorm", "office", "library"]);
  assertEquals(names({ order: "worst first" }).slice(0, 3), [
    "library",
    "gym",
    "office",
  ]);
  assertEquals(names({ order: "by name" }).slice(0, 3), [
    "a-cellar-with-…",
    "dorm",
    "gym",
  ]);
  const [chosen] = lines({ chosen: 1 }).filter((line) => line.includes("◂"));
  assert(chosen?.startsWith("office         ◂ silent"), chosen);
  const alone = lines({ chosen: 1, isAlone: true });
  assert(alone[2]?.startsWith("office at 192.0.2.1:3335"), alone.join("\n"));
  assert(!alone.join().includes("library"));
  assertEquals(
    lines({ isPaused: true }).at(-1),
    "paused: p goes on, q leaves",
  );
  assertEquals(
    lines({ showsKeys: true }).slice(-2),
    keyLines(noWishes, true),
  );
});

Deno.test("screenLines() follows the one that is chosen among too many", () => {
  const wishes = { ...noWishes, chosen: 7 };
  const shown = screenLines(
    stateOf({ sessions: many }),
    view({ rows: 10, wishes }),
  );
  const rows = shown.filter((line) => /^lab-3 +◂ /.test(line));
  assertEquals(rows.length, 1, shown.join("\n"));
});

Deno.test("screenLines() says below a verdict when somebody logs in again", () => {
  const login = {
    state: "due",
    reason: "dead",
    attempt: 3,
    next: at(40),
    last_exit: 1,
  } as const;
  const status = judged("dorm", "dead", { login, next_cycle: at(42) });
  const state = stateOf({ sessions: [{ status, cycles: cyclesOf("2 d") }] });
  const line = "login     dead, logs in again in 40 s (3rd time)";
  const has = (lines: readonly string[]) =>
    lines.some((text) => text.trimEnd() === line);
  assert(has(screenLines(state, view())));
  // That is not so any more once the screen or the agent is gone.
  assert(!has(screenLines(state, view({ isLast: true }))));
  assert(!has(screenLines({ ...state, isOver: true }, view())));
});

Deno.test("screenLines() says in a session's line when somebody logs in again", () => {
  const login = {
    state: "due",
    reason: "dead",
    attempt: 3,
    next: at(40),
    last_exit: 1,
  } as const;
  const sessions = many.map((session, place) =>
    place === 2
      ? { ...session, status: { ...session.status, login } }
      : place === 3
      ? {
        ...session,
        status: {
          ...session.status,
          login: { ...login, state: "running" as const },
        },
      }
      : session
  );
  const lines = screenLines(stateOf({ sessions }), view({ columns: 100 }));
  const lineOf = (name: string) =>
    lines.find((line) => line.startsWith(name))!.trimEnd();
  assert(lineOf("library").endsWith("  login in 40 s"), lineOf("library"));
  assert(lineOf("gym").endsWith("  logs in"), lineOf("gym"));
});
