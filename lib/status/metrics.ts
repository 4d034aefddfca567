/**
 * Metrics in Prometheus' text format, for node_exporter's textfile collector.
 *
 * @module
 */
import { type VerdictClass, verdicts } from "../verdict.ts";
import type { Reason } from "../agent/cycle.ts";
import { rttBounds, type Statistics } from "./statistics.ts";

/** What stands around a session's name, up to the number. */
interface Series {
  readonly before: string;
  readonly after: string;
}

/** A number of a session. */
type Sample = readonly [series: Series, value: number];

/** What is known of a session. */
export interface SessionMetrics {
  /** Its name. */
  readonly name: string;
  /** When it would have been written again at the latest, in wall-clock ms; `null` if it is over. */
  readonly staleAfter: number | null;
  /** What it went through. */
  readonly statistics: Statistics;
}

/** Numbers of one kind. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: (session: SessionMetrics) => readonly Sample[];
}

/** The series of a family whose name may have a suffix, and which may have a label besides the session's name. */
function seriesOf(name: string, label = ""): Series {
  return { before: `${name}{session="`, after: `"${label}} ` };
}

/** Reads one number. */
function single(
  name: string,
  read: (session: SessionMetrics) => number | null,
): Pick<Family, "name" | "samples"> {
  const series = seriesOf(name);
  return {
    name,
    samples(session) {
      const value = read(session);
      return value === null ? [] : [[series, value]];
    },
  };
}

/** Reads a number for each word, which is the value of a label. */
function byLabel<W extends string>(
  name: string,
  [label, words]: readonly [label: string, words: readonly W[]],
  read: (statistics: Statistics, word: W) => number,
): Pick<Family, "name" | "samples"> {
  const all = words.map((word): [Series, W] => [
    seriesOf(name, `,${label}="${word}"`),
    word,
  ]);
  return {
    name,
    samples: ({ statistics }) =>
      all.map(([series, word]) => [series, read(statistics, word)]),
  };
}

const verdictLabel = ["verdict", verdicts] as const;

const classes: readonly VerdictClass[] = ["alive", "fault", "dead"];

const reasons: readonly Reason[] = [
  "source",
  "length",
  "uid",
  "tail",
  "duplicate",
  "late",
];

/** What is told of each session. */
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
      ({ statistics: { lastAlive } }) => seconds(lastAlive),
    ),
    type: "gauge",
    help: "When life was last proven; absent before the first time.",
  },
  {
    ...single(
      "lifesign_stale_after_timestamp_seconds",
      ({ staleAfter }) => seconds(staleAfter),
    ),
    type: "gauge",
    help:
      "When the agent reports again at the latest; absent once the session is over.",
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
    ...single("lifesign_mended_total", ({ statistics }) => statistics.mended),
    type: "counter",
    help: "Faults that a late sign of life has mended.",
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
    ...single("lifesign_tries_total", ({ statistics }) => statistics.tries),
    type: "counter",
    help: "Datagrams sent.",
  },
  {
    ...single("lifesign_losses_total", ({ statistics }) => statistics.losses),
    type: "counter",
    help:
      "Datagrams sent that nothing valid answered while their cycle went on.",
  },
  {
    ...byLabel(
      "lifesign_discarded_total",
      ["reason", reasons],
      ({ discarded }, word) => discarded[word],
    ),
    type: "counter",
    help: "Datagrams received that did not count, by reason.",
  },
  {
    name: "lifesign_rtt_seconds",
    type: "histogram",
    help: "Time from the first try to the sign of life.",
    samples: histogram,
  },
];

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

/**
 * Writes the file from the version of lifesign and its sessions, which are gone
 * through for each family: a part for each session.
 */
export function* formatMetrics(
  version: string,
  sessions: () => Iterable<SessionMetrics>,
): Iterable<string> {
  yield head({
    name: "lifesign_build_info",
    type: "gauge",
    help: "Which lifesign this is.",
  });
  yield `lifesign_build_info{version="${version}"} 1\n`;
  for (const family of families) {
    let title = head(family);
    for (const session of sessions()) {
      const name = escape(session.name);
      let text = title;
      for (const [{ before, after }, value] of family.samples(session)) {
        text += `${before}${name}${after}${value}\n`;
      }
      // A family without a line has no title, either.
      if (text === title) continue;
      title = "";
      yield text;
    }
  }
}

function head({ name, type, help }: Omit<Family, "samples">): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** As the text format has it in label values. */
function escape(text: string): string {
  if (/^[\w.@-]*$/.test(text)) return text;
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

const buckets: readonly Series[] = [
  ...rttBounds.map((bound) => `${bound / 1000}`),
  "+Inf",
].map((bound) => seriesOf("lifesign_rtt_seconds_bucket", `,le="${bound}"`));

const total = seriesOf("lifesign_rtt_seconds_sum");

const many = seriesOf("lifesign_rtt_seconds_count");

/** Buckets hold everything up to their bounds. */
function histogram({ statistics: { rtt } }: SessionMetrics): Sample[] {
  let below = 0;
  const filled = buckets.map((series, at): Sample => {
    below += rtt.buckets[at]!;
    return [series, below];
  });
  return [...filled, [total, rtt.sum / 1000], [many, rtt.count]];
}
