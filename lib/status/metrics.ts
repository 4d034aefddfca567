/**
 * Metrics in Prometheus' text format, for node_exporter's textfile collector.
 *
 * @module
 */
import { type VerdictClass, verdicts } from "../verdict.ts";
import { type Instant, wallTimeOf } from "../instant.ts";
import {
  type Counters,
  loginResults,
  rttBounds,
  type TimeStatistics,
} from "./statistics.ts";

/** The data that the metrics of a session are written from. */
export interface SessionMetrics {
  /** Its name. */
  readonly name: string;
  /** Its target as a URL. */
  readonly target: string;
  /** The time of this report. */
  readonly now: Instant;
  /** Time to the next report at the latest, in ms; `null` if the session is over. */
  readonly staleIn: number | null;
  /** Time to the next login, in ms; `null` unless one is due. */
  readonly loginIn: number | null;
  /** Its counters. */
  readonly counters: Counters;
}

/** A metric. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  /** Writes the lines of a session, from its name and its other labels, escaped. */
  readonly lines: (labels: string, session: SessionMetrics) => string;
}

/** Writes one number, or no line if it is `null`. */
function single(
  name: string,
  read: (session: SessionMetrics) => number | null,
): Pick<Family, "name" | "lines"> {
  const before = `${name}{session="`;
  return {
    name,
    lines(name, session) {
      const value = read(session);
      return value === null ? "" : `${before}${name}"} ${value}\n`;
    },
  };
}

/** Writes a number for each value of a label. */
function byLabel<W extends string>(
  name: string,
  [label, words]: readonly [label: string, words: readonly W[]],
  read: (counters: Counters, word: W) => number,
): Pick<Family, "name" | "lines"> {
  const before = `${name}{session="`;
  const all = words.map((word) => [`",${label}="${word}"} `, word] as const);
  return {
    name,
    lines(name, { counters }) {
      const start = before + name;
      let text = "";
      for (const [label, word] of all) {
        text += start + label + read(counters, word) + "\n";
      }
      return text;
    },
  };
}

const verdictLabel = ["verdict", verdicts] as const;

const classes: readonly VerdictClass[] = ["alive", "fault", "dead"];

/** All metrics of a session, in their order. */
const families: readonly Family[] = [
  {
    ...byLabel(
      "lifesign_verdict",
      verdictLabel,
      ({ verdict }, word) => word === verdict ? 1 : 0,
    ),
    type: "gauge",
    help: "1 for the last verdict, 0 for the others.",
  },
  {
    ...single(
      "lifesign_last_alive_timestamp_seconds",
      ({ now, counters: { lastAlive } }) =>
        lastAlive && seconds(wallTimeOf(lastAlive, now)),
    ),
    type: "gauge",
    help: "When the last alive verdict was; absent before the first one.",
  },
  {
    ...single(
      "lifesign_stale_after_timestamp_seconds",
      ({ now, staleIn }) =>
        staleIn === null ? null : seconds(now.wall + staleIn),
    ),
    type: "gauge",
    help:
      "When the agent reports again at the latest; absent once the session is over.",
  },
  {
    ...single(
      "lifesign_stale_after_uptime_seconds",
      ({ now, staleIn }) =>
        staleIn === null ? null : seconds(now.uptime + staleIn),
    ),
    type: "gauge",
    help:
      "The same as an uptime of the machine, which does not change when the clock is set.",
  },
  {
    ...single(
      "lifesign_reported_uptime_seconds",
      ({ now, staleIn }) => staleIn === null ? null : seconds(now.uptime),
    ),
    type: "gauge",
    help:
      "The uptime of the machine at this report; absent once the session is over.",
  },
  {
    ...byLabel(
      "lifesign_cycles_total",
      verdictLabel,
      ({ cycles }, word) => cycles[word],
    ),
    type: "counter",
    help: "Heartbeat cycles by verdict.",
  },
  {
    ...byLabel(
      "lifesign_logins_total",
      ["result", loginResults],
      ({ logins }, result) => logins[result],
    ),
    type: "counter",
    help: "Logins by how they ended.",
  },
  {
    ...single(
      "lifesign_login_attempt",
      ({ counters: { login } }) =>
        login === null || login.state === "idle" ? 0 : login.attempt,
    ),
    type: "gauge",
    help:
      "Which login in a row is due, runs or has just ended; 0 if none is needed.",
  },
  {
    ...single(
      "lifesign_login_due_uptime_seconds",
      ({ now, loginIn }) =>
        loginIn === null ? null : seconds(now.uptime + loginIn),
    ),
    type: "gauge",
    help:
      "When the next login starts, as an uptime of the machine; absent unless one is due.",
  },
  {
    ...single("lifesign_mended_total", ({ counters }) => counters.mended),
    type: "counter",
    help: "Faults that a late sign of life corrected.",
  },
  {
    ...single(
      "lifesign_reconnects_total",
      ({ counters }) => counters.reconnects,
    ),
    type: "counter",
    help: "Held connections that were replaced without a change of verdict.",
  },
  {
    ...byLabel(
      "lifesign_transitions_total",
      ["class", classes],
      ({ transitions }, word) => transitions[word],
    ),
    type: "counter",
    help: "Changes of the verdict's class, by the class that they led to.",
  },
  {
    ...single("lifesign_tries_total", ({ counters }) => counters.tries),
    type: "counter",
    help: "Datagrams sent, or connections tried.",
  },
  {
    ...single("lifesign_losses_total", ({ counters }) => counters.losses),
    type: "counter",
    help: "Tries without a valid answer during their cycle.",
  },
  {
    name: "lifesign_discarded_total",
    lines: (name, { counters: { discarded } }) =>
      Object.entries(discarded).map(([reason, count]) =>
        `lifesign_discarded_total{session="${name}",reason="${reason}"} ${count}\n`
      ).join(""),
    type: "counter",
    help: "Answers received that did not count, by reason.",
  },
  {
    name: "lifesign_rtt_seconds",
    type: "histogram",
    help:
      "Round trips of signs of life, where it is known which try was answered.",
    lines: histogram,
  },
  {
    name: "lifesign_answer_seconds",
    type: "summary",
    help:
      "Time from a cycle's first try to the sign of life, whichever try was answered.",
    // A summary without quantiles.
    lines: (name, { counters }) =>
      totals("lifesign_answer_seconds", name, counters.answer),
  },
];

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/**
 * Writes the file in parts, one for each metric and session. It iterates over
 * the sessions once for each metric.
 */
export function* formatMetrics(
  version: string,
  sessions: () => Iterable<SessionMetrics>,
): Iterable<string> {
  yield head({
    name: "lifesign_build_info",
    type: "gauge",
    help: "The version of lifesign.",
  });
  yield `lifesign_build_info{version="${version}"} 1\n`;
  for (const family of families) {
    let title = head(family);
    for (const session of sessions()) {
      const lines = family.lines(labelsOf(session), session);
      // A metric without a line has no title either.
      if (lines === "") continue;
      yield title + lines;
      title = "";
    }
  }
}

function head(
  { name, type, help }: Pick<Family, "name" | "type" | "help">,
): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** The name of a session as a label's value, and its other labels but for the last quote. */
function labelsOf({ name, target }: SessionMetrics): string {
  const [protocol = ""] = target.split("://", 1);
  return `${escape(name)}",protocol="${protocol}",target="${escape(target)}`;
}

/** Escapes a label value. */
function escape(text: string): string {
  if (/^[\w.@:/-]*$/.test(text)) return text;
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

const bucketLabels = [...rttBounds.map((bound) => bound / 1000), "+Inf"]
  .map((bound) => `",le="${bound}"} `);

/** Each bucket counts everything up to its bound. */
function histogram(name: string, { counters }: SessionMetrics): string {
  const { rtt } = counters;
  const bucket = `lifesign_rtt_seconds_bucket{session="${name}`;
  let text = "";
  let below = 0;
  for (let at = 0; at < bucketLabels.length; at++) {
    below += rtt.buckets[at]!;
    text += bucket + bucketLabels[at] + below + "\n";
  }
  return text + totals("lifesign_rtt_seconds", name, rtt);
}

function totals(
  metric: string,
  name: string,
  { sum, count }: TimeStatistics,
): string {
  const session = `{session="${name}"}`;
  return `${metric}_sum${session} ${sum / 1000}
${metric}_count${session} ${count}
`;
}
