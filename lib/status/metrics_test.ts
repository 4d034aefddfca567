import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import type { LoginStatus, Report } from "../finding.ts";
import { formatMetrics, type SessionMetrics } from "./metrics.ts";
import { createRecorder } from "./statistics.ts";
import { cycleResult, transition } from "./test_cycle.ts";

const start = Date.UTC(2026, 10, 21, 5, 30);

const result = cycleResult({ tries: 2, reasons: { uid: 3 } });

const bounds = "0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10"
  .split(" ");

const nothing = createRecorder(srun).counters;

/** So many ms from the start. */
const at = (uptime: number) => ({ wall: start + uptime, uptime });

/** All that is written of these sessions. */
function format(...sessions: readonly SessionMetrics[]): string {
  return [...formatMetrics("0.1.0", () => sessions)].join("");
}

Deno.test("formatMetrics() writes one group of lines for each family", () => {
  const dorm = createRecorder(srun);
  dorm.record({ type: "cycle", result }, at(250));
  dorm.record(transition("none", "alive"), at(250));
  dorm.record(
    { type: "cycle", result: { ...result, rtt: 60_000, answerTime: 61_000 } },
    at(500),
  );
  dorm.record({ type: "reconnect", reason: "ended the connection" }, at(500));
  const text = format(
    {
      name: "dorm",
      target: "srun://gw:3335",
      now: at(5_000),
      staleIn: 85_000,
      loginIn: null,
      counters: dorm.counters,
    },
    {
      name: "lab",
      target: "tcp://lab:22",
      now: at(0),
      staleIn: null,
      loginIn: null,
      counters: nothing,
    },
  );
  const counts = (name: string, label: string, rows: Record<string, number>) =>
    Object.entries(rows).map(([text, value]) =>
      `lifesign_${name}{session="dorm",protocol="srun",target="srun://gw:3335",${label}="${text}"} ${value}\n`
    ).join("");
  const dormOnly = text.split("\n")
    .filter((line) => !line.includes('session="lab"')).join("\n");
  assertEquals(
    dormOnly,
    `# HELP lifesign_build_info The version of lifesign.
# TYPE lifesign_build_info gauge
lifesign_build_info{version="0.1.0"} 1
# HELP lifesign_verdict 1 for the last verdict, 0 for the others.
# TYPE lifesign_verdict gauge
${
      counts("verdict", "verdict", {
        alive: 1,
        dead: 0,
        silent: 0,
        unsendable: 0,
        unresolved: 0,
        garbled: 0,
      })
    }# HELP lifesign_last_alive_timestamp_seconds When the last alive verdict was; absent before the first one.
# TYPE lifesign_last_alive_timestamp_seconds gauge
lifesign_last_alive_timestamp_seconds{session="dorm",protocol="srun",target="srun://gw:3335"} ${
      start / 1000 + 0.5
    }
# HELP lifesign_stale_after_timestamp_seconds When the agent reports again at the latest; absent once the session is over.
# TYPE lifesign_stale_after_timestamp_seconds gauge
lifesign_stale_after_timestamp_seconds{session="dorm",protocol="srun",target="srun://gw:3335"} ${
      start / 1000 + 90
    }
# HELP lifesign_stale_after_uptime_seconds The same as an uptime of the machine, which does not change when the clock is set.
# TYPE lifesign_stale_after_uptime_seconds gauge
lifesign_stale_after_uptime_seconds{session="dorm",protocol="srun",target="srun://gw:3335"} 90
# HELP lifesign_reported_uptime_seconds The uptime of the machine at this report; absent once the session is over.
# TYPE lifesign_reported_uptime_seconds gauge
lifesign_reported_uptime_seconds{session="dorm",protocol="srun",target="srun://gw:3335"} 5
# HELP lifesign_cycles_total Heartbeat cycles by verdict.
# TYPE lifesign_cycles_total counter
${
      counts("cycles_total", "verdict", {
        alive: 2,
        dead: 0,
        silent: 0,
        unsendable: 0,
        unresolved: 0,
        garbled: 0,
      })
    }# HELP lifesign_logins_total Logins by how they ended.
# TYPE lifesign_logins_total counter
lifesign_logins_total{session="dorm",protocol="srun",target="srun://gw:3335",result="ok"} 0
lifesign_logins_total{session="dorm",protocol="srun",target="srun://gw:3335",result="failed"} 0
# HELP lifesign_login_attempt Which login in a row is due, runs or has just ended; 0 if none is needed.
# TYPE lifesign_login_attempt gauge
lifesign_login_attempt{session="dorm",protocol="srun",target="srun://gw:3335"} 0
# HELP lifesign_mended_total Faults that a late sign of life corrected.
# TYPE lifesign_mended_total counter
lifesign_mended_total{session="dorm",protocol="srun",target="srun://gw:3335"} 0
# HELP lifesign_reconnects_total Held connections that were replaced without a change of verdict.
# TYPE lifesign_reconnects_total counter
lifesign_reconnects_total{session="dorm",protocol="srun",target="srun://gw:3335"} 1
# HELP lifesign_transitions_total Changes of the verdict's class, by the class that they led to.
# TYPE lifesign_transitions_total counter
${
      counts("transitions_total", "class", { alive: 1, fault: 0, dead: 0 })
    }# HELP lifesign_tries_total Datagrams sent, or connections tried.
# TYPE lifesign_tries_total counter
lifesign_tries_total{session="dorm",protocol="srun",target="srun://gw:3335"} 4
# HELP lifesign_losses_total Tries without a valid answer during their cycle.
# TYPE lifesign_losses_total counter
lifesign_losses_total{session="dorm",protocol="srun",target="srun://gw:3335"} 2
# HELP lifesign_discarded_total Answers received that did not count, by reason.
# TYPE lifesign_discarded_total counter
${
      counts("discarded_total", "reason", {
        source: 0,
        tail: 0,
        uid: 6,
        length: 0,
        duplicate: 0,
        late: 0,
        forged: 0,
        moved: 0,
      })
    }# HELP lifesign_rtt_seconds Round trips of signs of life, where it is known which try was answered.
# TYPE lifesign_rtt_seconds histogram
${
      bounds.map((le) =>
        `lifesign_rtt_seconds_bucket{session="dorm",protocol="srun",target="srun://gw:3335",le="${le}"} ${
          le === "0.001" ? 0 : 1
        }\n`
      ).join("")
    }lifesign_rtt_seconds_bucket{session="dorm",protocol="srun",target="srun://gw:3335",le="+Inf"} 2
lifesign_rtt_seconds_sum{session="dorm",protocol="srun",target="srun://gw:3335"} 60.002
lifesign_rtt_seconds_count{session="dorm",protocol="srun",target="srun://gw:3335"} 2
# HELP lifesign_answer_seconds Time from a cycle's first try to the sign of life, whichever try was answered.
# TYPE lifesign_answer_seconds summary
lifesign_answer_seconds_sum{session="dorm",protocol="srun",target="srun://gw:3335"} 61.002
lifesign_answer_seconds_count{session="dorm",protocol="srun",target="srun://gw:3335"} 2
`,
  );
  const lab = text.split("\n").filter((line) => line.includes('"lab"'));
  assertEquals(lab.filter((line) => !line.endsWith(" 0")), []);
});

Deno.test("formatMetrics() escapes what a name could hold", () => {
  const name = 'a"b\\c\nd';
  const text = format({
    name,
    target: "tcp://[::1]:22",
    now: at(0),
    staleIn: null,
    loginIn: null,
    counters: nothing,
  });
  assertEquals(
    text.split("\n").find((line) => line.startsWith("lifesign_tries_total")),
    'lifesign_tries_total{session="a\\"b\\\\c\\nd",protocol="tcp",target="tcp://[::1]:22"} 0',
  );
});

Deno.test("formatMetrics() writes no family without a line", () => {
  assertEquals(
    format(),
    '# HELP lifesign_build_info The version of lifesign.\n# TYPE lifesign_build_info gauge\nlifesign_build_info{version="0.1.0"} 1\n',
  );
});

Deno.test("formatMetrics() tells of logins", () => {
  const recorder = createRecorder(srun);
  const login = (
    status: Partial<LoginStatus>,
    isEnd = false,
  ): Report => ({
    type: "login",
    status: {
      state: "due",
      reason: "dead",
      attempt: 3,
      at: null,
      lastExit: 1,
      ...status,
    },
    wait: null,
    isEnd,
  });
  const lines = (loginIn: number | null) =>
    format({
      name: "dorm",
      target: "srun://gw:3335",
      now: at(5_000),
      staleIn: null,
      loginIn,
      counters: recorder.counters,
    }).split("\n").filter((line) => line.startsWith("lifesign_login"));
  const labels = 'session="dorm",protocol="srun",target="srun://gw:3335"';
  assertEquals(lines(null), [
    `lifesign_logins_total{${labels},result="ok"} 0`,
    `lifesign_logins_total{${labels},result="failed"} 0`,
    `lifesign_login_attempt{${labels}} 0`,
  ]);
  recorder.record(login({ state: "hopeful", lastExit: 0 }, true), at(0));
  recorder.record(login({}, true), at(0));
  const results = [
    'lifesign_logins_total{session="dorm",protocol="srun",target="srun://gw:3335",result="ok"} 1',
    'lifesign_logins_total{session="dorm",protocol="srun",target="srun://gw:3335",result="failed"} 1',
  ];
  assertEquals(lines(40_000), [
    ...results,
    'lifesign_login_attempt{session="dorm",protocol="srun",target="srun://gw:3335"} 3',
    'lifesign_login_due_uptime_seconds{session="dorm",protocol="srun",target="srun://gw:3335"} 45',
  ]);
  recorder.record(login({ state: "idle" }), at(0));
  assertEquals(lines(null), [
    ...results,
    'lifesign_login_attempt{session="dorm",protocol="srun",target="srun://gw:3335"} 0',
  ]);
});
