/**
 * Metrics in Prometheus' text format, for node_exporter's textfile collector.
 *
 * @module
 */
import { verdicts } from "../verdict.ts";
import { rttBounds, type Statistics } from "./statistics.ts";

/** A number and the labels that it has besides the session's name. */
interface Sample {
  /** What follows the family's name. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Numbers of one kind. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: (
    statistics: Statistics,
    staleAfter: number | null,
  ) => readonly Sample[];
}

/** What is told of each session. */
const families: readonly Family[] = [
  {
    name: "lifesign_verdict",
    type: "gauge",
    help: "1 for the last verdict, 0 for the others.",
    samples: (statistics) =>
      verdicts.map((verdict) => ({
        labels: { verdict },
        value: verdict === statistics.verdict ? 1 : 0,
      })),
  },
  {
    name: "lifesign_last_alive_timestamp_seconds",
    type: "gauge",
    help: "When life was last proven; absent before the first time.",
    samples: ({ lastAlive }) =>
      lastAlive === null ? [] : [{ value: lastAlive / 1000 }],
  },
  {
    name: "lifesign_stale_after_timestamp_seconds",
    type: "gauge",
    help:
      "When the agent reports again at the latest; absent once the session is over.",
    samples: (_, staleAfter) =>
      staleAfter === null ? [] : [{ value: staleAfter / 1000 }],
  },
  {
    name: "lifesign_cycles_total",
    type: "counter",
    help: "Heartbeat cycles by verdict.",
    samples: ({ cycles }) => byLabel("verdict", cycles),
  },
  {
    name: "lifesign_mended_total",
    type: "counter",
    help: "Faults that a late sign of life has mended.",
    samples: ({ mended }) => [{ value: mended }],
  },
  {
    name: "lifesign_transitions_total",
    type: "counter",
    help: "Changes of the verdict's class, by the class that they led to.",
    samples: ({ transitions }) => byLabel("class", transitions),
  },
  {
    name: "lifesign_tries_total",
    type: "counter",
    help: "Datagrams sent.",
    samples: ({ tries }) => [{ value: tries }],
  },
  {
    name: "lifesign_losses_total",
    type: "counter",
    help:
      "Datagrams sent that nothing valid answered while their cycle went on.",
    samples: ({ losses }) => [{ value: losses }],
  },
  {
    name: "lifesign_discarded_total",
    type: "counter",
    help: "Datagrams received that did not count, by reason.",
    samples: ({ discarded }) => byLabel("reason", discarded),
  },
  {
    name: "lifesign_rtt_seconds",
    type: "histogram",
    help: "Time from the first try to the sign of life.",
    samples: histogram,
  },
];

/** What of a session is not in its statistics. */
export interface SessionMetrics {
  /** Its name. */
  readonly name: string;
  /** When it would have been written again at the latest, in wall-clock ms; `null` if it is over. */
  readonly staleAfter: number | null;
}

/** Writes a session's part: the lines of each family, which stay the same as long as nothing happens to it. */
export function formatSessionMetrics(
  { name: session, staleAfter }: SessionMetrics,
  statistics: Statistics,
): readonly string[] {
  return families.map(({ name, samples }) =>
    samples(statistics, staleAfter).map(({ suffix = "", labels, value }) =>
      line(name + suffix, { session, ...labels }, value)
    ).join("")
  );
}

/** Writes the file from the version of lifesign and the parts of its sessions. */
export function formatMetrics(
  version: string,
  sessions: readonly (readonly string[])[],
): string {
  const info = {
    name: "lifesign_build_info",
    type: "gauge",
    help: "Which lifesign this is.",
  } as const;
  const build = head(info) + line(info.name, { version }, 1);
  const rest = families.flatMap((family, at) => {
    const lines = sessions.map((parts) => parts[at]).join("");
    return lines === "" ? [] : [head(family) + lines];
  });
  return [build, ...rest].join("");
}

function head({ name, type, help }: Omit<Family, "samples">): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): string {
  const list = Object.entries(labels)
    .map(([label, text]) => `${label}="${escape(text)}"`);
  const set = list.length === 0 ? "" : `{${list.join(",")}}`;
  return `${name}${set} ${value}\n`;
}

/** As the text format has it in label values. */
function escape(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

function byLabel(
  label: string,
  counts: Readonly<Record<string, number>>,
): Sample[] {
  return Object.entries(counts).map(([text, value]) => ({
    labels: { [label]: text },
    value,
  }));
}

/** Buckets hold everything up to their bounds. */
function histogram({ rtt: { buckets, sum, count } }: Statistics): Sample[] {
  let below = 0;
  const filled = rttBounds.map((bound, at) => {
    below += buckets[at]!;
    const labels = { le: `${bound / 1000}` };
    return { suffix: "_bucket", labels, value: below };
  });
  return [
    ...filled,
    { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
    { suffix: "_sum", value: sum / 1000 },
    { suffix: "_count", value: count },
  ];
}
