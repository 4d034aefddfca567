/**
 * The table of settings, with all that is known of each in its row.
 *
 * @module
 */
import { type Target, target, targets } from "./target.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { protocols } from "../protocol/protocols.ts";
import type { SettingsTable } from "../setting.ts";
import {
  addresses,
  addressOrInterface,
  boolean,
  command,
  duration,
  fileName,
  type GatewayAddress,
  gatewayAddress,
  integer,
  listenAddress,
  oneOf,
  outputFile,
  size,
  words,
} from "../parsers.ts";

/** The port of a gateway without a scheme. */
const [{ port: defaultPort }] = protocols;

const protocolSettings: SettingsTable<Record<string, unknown>> = Object.assign(
  {},
  ...protocols.map(({ settings }) => settings),
);

/** The settings of a session, without those of its protocol; durations in ms. */
export interface SessionSettings {
  /** The gateway and its protocol; `null` if `gateway` is set. */
  readonly target: Target | null;
  /** The gateway, asked by the first protocol; `null` if `target` is set. */
  readonly gateway: GatewayAddress | null;
  /** Other targets that have to agree; `null` for none. */
  readonly also: readonly Target[] | null;
  /** The time from the start of a cycle to that of the next. */
  readonly interval: number;
  /** The wait after the first try; streams: after each. */
  readonly timeout: number;
  /** How many tries a series has, or a cycle of streams. */
  readonly tries: number;
  /** How many ports, or connections, have to get a death reply before it counts. */
  readonly confirm: number;
  /** How long requests have to confirm a death before it counts. */
  readonly deadAfter: number;
  /** The death signs that count; `null` for those of the protocol. */
  readonly deadOn: readonly string[] | null;
  /** Whether the connection is kept from cycle to cycle; `null` for what the protocol does. */
  readonly hold: boolean | null;
  /** Other addresses that may answer for the gateway; `null` for none. */
  readonly replyFrom: readonly string[] | null;
  /** The local address or the interface that heartbeats leave by; `null` for any. */
  readonly bind: string | null;
  /** The address family. */
  readonly family: "auto" | "4" | "6";
  /** How much earlier a cycle may start, at random. */
  readonly jitter: number;
  /** How many faults in a row are no transition. */
  readonly tolerate: number;
  /** How many alive cycles in a row end a fault. */
  readonly recover: number;
  /** How many cycles there are; `null` for no limit. */
  readonly count: number | null;
  /** The time without an alive verdict after which it ends; `null` for never. */
  readonly giveUpAfter: number | null;
  /** The shell command that logs in when the session is dead, or nothing names it yet; `null` if a death is the end. */
  readonly login: string | null;
  /** How many logins in a row may fail; `null` for any number. */
  readonly loginTries: number | null;
  /** The shell command to run when the session dies; `null` for none. */
  readonly onDead: string | null;
  /** The shell command to run when a fault begins; `null` for none. */
  readonly onFault: string | null;
  /** The shell command to run when the session is alive again; `null` for none. */
  readonly onAlive: string | null;
  /** The shell command to run after each cycle; `null` for none. */
  readonly onCycle: string | null;
  /** How long a fault has to last until `onFault` runs. */
  readonly onFaultAfter: number;
  /** How long it takes until `onFault` runs again; `null` for never. */
  readonly onFaultEvery: number | null;
  /** How long each command may take. */
  readonly hookTimeout: number;
}

/** The settings of the program as a whole. */
export interface AgentSettings {
  /** The file where `check` counts faults; `null` for none. */
  readonly state: string | null;
  /** The file that `run` locks, so that it runs only once; `null` for none. */
  readonly lockFile: string | null;
  /** The file for the latest results; `null` for none. */
  readonly statusFile: string | null;
  /** The file for metrics; `null` for none. */
  readonly metricsFile: string | null;
  /** Where metrics are served by HTTP; `null` for nowhere. */
  readonly metricsListen: GatewayAddress | null;
  /** The file that gets a line for each cycle; `null` for none. */
  readonly historyFile: string | null;
  /** The least important level that is logged. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** The format of log lines. */
  readonly logFormat: "text" | "json";
  /** The log file; `null` for stderr. */
  readonly logFile: string | null;
  /** The longest log file, in bytes; 0 for any length. */
  readonly logMaxBytes: number;
  /** How many rotated log files are kept. */
  readonly logBackups: number;
}

/** The settings that name files with settings. */
export interface FileSettings {
  /** The only file to read settings from; `null` for the usual files. */
  readonly config: string | null;
}

/** What the rows of commands have in common. */
const commandRow = {
  value: "CMD",
  parse: command,
  default: null,
  isVerbatim: true,
} as const;

/** The rows of the settings of a session. */
export const sessionSettings: SettingsTable<SessionSettings> = {
  target: {
    value: "URL",
    parse: target,
    default: null,
    help: `what to ask, e.g. ${
      protocols[0].scheme
    }://gw.example; use this or gateway`,
  },
  gateway: {
    value: "HOST[:PORT]",
    short: "-g",
    parse: gatewayAddress(defaultPort),
    default: null,
    help: `the gateway: a name, IPv4 or IPv6; port ${defaultPort} unless given`,
  },
  also: {
    value: "URL",
    repeatable: true,
    parse: targets,
    default: null,
    help:
      "a second opinion: no verdict where this target contradicts; several: with commas",
  },
  ...protocolSettings,
  interval: {
    value: "TIME",
    unit: "ms",
    short: "-i",
    parse: duration(1),
    default: "60s",
    help: "time from one heartbeat to the next",
  },
  timeout: {
    value: "TIME",
    unit: "ms",
    short: "-t",
    parse: duration(1),
    default: "1s",
    help:
      "how long to wait for an answer; datagrams: 1.5 times as long at each further try",
  },
  tries: {
    value: "N",
    short: "-n",
    parse: integer(1, 20),
    default: "3",
    help:
      "how often to ask until an answer comes; streams: how many connections",
  },
  confirm: {
    value: "N",
    parse: integer(1, 20),
    default: "2",
    help:
      "how many ports, or connections, have to hear of a death before it counts",
  },
  deadAfter: {
    value: "TIME",
    unit: "ms",
    parse: duration(0),
    default: "2s",
    help: "confirm a death for at least TIME before it counts",
  },
  deadOn: {
    value: "LIST",
    repeatable: true,
    parse: words,
    default: null,
    help:
      "what counts as a death, e.g. refused,close; none for nothing (streams)",
  },
  hold: {
    switches: { "--hold": "true", "--no-hold": "false" },
    parse: boolean,
    default: null,
    help: "run: whether the connection is kept from cycle to cycle (streams)",
  },
  replyFrom: {
    value: "ADDRESS",
    repeatable: true,
    parse: addresses,
    default: null,
    help:
      "another address that may answer for the gateway; several: with commas (datagrams)",
  },
  bind: {
    value: "ADDRESS",
    short: "-b",
    parse: addressOrInterface,
    default: null,
    help: "the local address or interface that heartbeats leave by",
  },
  family: {
    value: "FAMILY",
    switches: { "-4": "4", "-6": "6" },
    parse: oneOf(["auto", "4", "6"]),
    default: "auto",
    help: "auto, or only 4 or 6",
  },
  jitter: {
    value: "TIME",
    unit: "ms",
    parse: duration(0),
    default: "0s",
    help: "start up to TIME early, at random",
  },
  tolerate: {
    value: "N",
    parse: integer(0, 1_000_000),
    default: "0",
    help: "ignore up to N faults in a row; check: with --state",
  },
  recover: {
    value: "N",
    parse: integer(1, 1_000_000),
    default: "1",
    help: "run: so many alive heartbeats in a row end a fault",
  },
  count: {
    value: "N",
    parse: integer(1, 1_000_000_000),
    default: null,
    help: "stop after N heartbeats",
  },
  giveUpAfter: {
    value: "TIME",
    unit: "ms",
    parse: duration(1),
    default: null,
    help: "end after TIME without an alive verdict",
  },
  login: {
    ...commandRow,
    help:
      "run: a command that logs in once the session is dead, or uid_file has no UID",
  },
  loginTries: {
    value: "N",
    parse: integer(1, 1_000_000),
    default: null,
    help: "run: end the session after N logins in a row that do not help",
  },
  onDead: {
    ...commandRow,
    help: "a command to run once the session is dead, to tell others",
  },
  onFault: {
    ...commandRow,
    help: "a command to run once it is unknown whether the session is alive",
  },
  onAlive: {
    ...commandRow,
    help: "a command to run once the session is alive again",
  },
  onCycle: {
    ...commandRow,
    help: "a command to run after each heartbeat, e.g. to tell a push monitor",
  },
  onFaultAfter: {
    value: "TIME",
    unit: "ms",
    parse: duration(0),
    default: "0s",
    help: "run on_fault only once a fault has lasted for TIME",
  },
  onFaultEvery: {
    value: "TIME",
    unit: "ms",
    parse: duration(1),
    default: null,
    example: "30m",
    help: "run on_fault again each TIME while the fault lasts",
  },
  hookTimeout: {
    value: "TIME",
    unit: "ms",
    parse: duration(1),
    default: "60s",
    help: "time limit for such a command and all that it starts",
  },
};

/** The rows for sessions of a protocol, some of which have other defaults. */
export function sessionSettingsOf(
  { defaults }: Pick<Protocol, "defaults">,
): SettingsTable<SessionSettings> {
  const changed = Object.entries(defaults).map(([name, text]) => [
    name,
    { ...sessionSettings[name as keyof SessionSettings], default: text },
  ]);
  return changed.length === 0
    ? sessionSettings
    : { ...sessionSettings, ...Object.fromEntries(changed) };
}

/** The rows of the settings of the program. */
export const agentSettings: SettingsTable<AgentSettings> = {
  state: {
    value: "FILE",
    parse: fileName,
    default: null,
    example: "/var/lib/lifesign/state",
    help: "check: file that counts faults from run to run, for tolerate",
  },
  lockFile: {
    value: "FILE",
    parse: fileName,
    default: null,
    example: "/run/lifesign.lock",
    help: "run: file to lock, so that it runs only once; holds its process id",
  },
  statusFile: {
    value: "FILE",
    parse: outputFile,
    default: null,
    example: "/run/lifesign/status.json",
    help: "where run writes its latest verdicts, for lifesign status",
  },
  metricsFile: {
    value: "FILE",
    parse: outputFile,
    default: null,
    example: "/run/lifesign/lifesign.prom",
    help: "where run writes metrics, for node_exporter's textfile collector",
  },
  metricsListen: {
    value: "HOST:PORT",
    parse: listenAddress,
    default: null,
    help:
      "where run serves metrics at /metrics; 127.0.0.1 unless HOST is given",
  },
  historyFile: {
    value: "FILE",
    parse: outputFile,
    default: null,
    example: "/var/log/lifesign.jsonl",
    help: "where run adds a line for each cycle, for lifesign report",
  },
  logLevel: {
    value: "LEVEL",
    switches: { "-v": "debug", "--verbose": "debug" },
    parse: oneOf(["debug", "info", "warn", "error"]),
    default: "info",
    help: "what is logged: debug, info, warn or error; -v is debug",
  },
  logFormat: {
    value: "FORMAT",
    parse: oneOf(["text", "json"]),
    default: "text",
    help: "text, or json: an object a line",
  },
  logFile: {
    value: "FILE",
    parse: outputFile,
    default: null,
    example: "/var/log/lifesign.log",
    help: "where the log goes instead of stderr",
  },
  logMaxBytes: {
    value: "SIZE",
    unit: "bytes",
    parse: size,
    default: "10MiB",
    help:
      "how long log and history may get before they are rotated; 0 is never",
  },
  logBackups: {
    value: "N",
    parse: integer(0, 100),
    default: "3",
    help: "how many rotated files of each are kept: FILE.1, FILE.2 and so on",
  },
};

/** The rows of the settings that files can't have. */
export const fileSettings: SettingsTable<FileSettings> = {
  config: {
    value: "FILE",
    short: "-c",
    parse: fileName,
    default: null,
    example: "/etc/lifesign.conf",
    help:
      "the only file to read settings from, instead of /etc/lifesign.conf and ~/.config/lifesign.conf",
  },
};

/** A setting's long flag: `giveUpAfter` is `--give-up-after`. */
export function flagOf(setting: string): string {
  return `--${keyOf(setting).replaceAll("_", "-")}`;
}

/** A setting's name in files: `giveUpAfter` is `give_up_after`. */
export function keyOf(setting: string): string {
  const known = keys.get(setting);
  if (known !== undefined) return known;
  const key = withUnderscores(setting);
  keys.set(setting, key);
  return key;
}

/** Each start asks for all keys three times, which would be 0.6 million instructions. */
const keys = new Map<string, string>();

const lastCapital = "Z".charCodeAt(0);

/** Without a regular expression, since QuickJS takes longer for one. */
function withUnderscores(name: string): string {
  const lower = name.toLowerCase();
  let key = "";
  let from = 0;
  for (let at = 0; lower !== name && at < name.length; at++) {
    if (name.charCodeAt(at) > lastCapital) continue;
    key += `${lower.slice(from, at)}_`;
    from = at;
  }
  return key + lower.slice(from);
}

/** What all environment variables of lifesign begin with. */
export const variablePrefix = "LIFESIGN_";

/** A setting's environment variable: `giveUpAfter` is `LIFESIGN_GIVE_UP_AFTER`. */
export function variableOf(setting: string): string {
  return `${variablePrefix}${keyOf(setting).toUpperCase()}`;
}

/** All variables that lifesign reads for its settings. */
export const variables: readonly string[] = Object.keys({
  ...sessionSettings,
  ...agentSettings,
  ...fileSettings,
}).map(variableOf);

const verbatimKeys: ReadonlySet<string> = new Set(
  Object.entries({ ...sessionSettings, ...agentSettings })
    .filter(([, { isVerbatim }]) => isVerbatim).map(([name]) => keyOf(name)),
);

/** Whether a file gives the value of a key as the rest of its line, as it stands. */
export function isVerbatim(key: string): boolean {
  return verbatimKeys.has(key);
}
