/**
 * The settings of `lifesign gateway`, and which of them go together.
 *
 * @module
 */
import { isLoopback } from "../../address.ts";
import { flagOf } from "../../config/settings.ts";
import type { Mistake } from "../../errors.ts";
import {
  type Faults,
  type Garbling,
  garblings,
  noFaults,
  type StreamGarbling,
  streamGarblings,
} from "../../gateway/faults.ts";
import type { Lifetimes } from "../../gateway/lifetime.ts";
import {
  formatPlace,
  type Place,
  place,
  type Scheme,
} from "../../gateway/place.ts";
import {
  alternatives,
  boolean,
  duration,
  fileName,
  integer,
  oneOf,
  probability,
} from "../../parsers.ts";
import { srun, uid as parseUid } from "../../protocol/srun.ts";
import type { SettingsTable } from "../../setting.ts";

/** The settings of what is simulated; durations in ms. */
export interface GatewaySettings extends Omit<Faults, "garble">, Lifetimes {
  /** Where it listens, and as what. */
  readonly listen: Place;
  /** How each reply is garbled; `null` for not at all. */
  readonly garble: Garbling | StreamGarbling | null;
  /** How long a connection may be idle. */
  readonly idleLimit: number;
  /** The sessions that are alive; `null` for any. */
  readonly uid: readonly bigint[] | null;
  /** What chance follows from; `null` for real chance. */
  readonly seed: number | null;
  /** A reflector: the file with the key that requests are signed with; `null` for none. */
  readonly keyFile: string | null;
  /** A reflector: whether strangers are answered. */
  readonly unauthenticated: boolean;
  /** A reflector: how far a request's time may be from ours. */
  readonly maxAge: number;
  /** A reflector: how many requests of a source are answered in a second. */
  readonly limit: number;
  /** A reflector: the file with its counters; `null` for none. */
  readonly metricsFile: string | null;
}

/** The table of them. */
export const settings: SettingsTable<GatewaySettings> = {
  listen: {
    value: "HOST:PORT|URL",
    parse: place,
    default: `127.0.0.1:${srun.port}`,
    help:
      "where it listens, as a portal at srun+http://HOST:PORT, as a WebSocket server at ws://HOST:PORT, as a reflector at stamp://HOST:PORT; port 0 is any that is free",
  },
  uid: {
    value: "N",
    short: "-u",
    repeatable: true,
    parse: (text) => text.split(",").map((word) => BigInt(parseUid(word))),
    default: null,
    example: "123456",
    help: "a session that is alive; may be repeated; without it all are",
  },
  deadAfter: {
    value: "TIME",
    parse: duration(0),
    default: null,
    help: "a session dies TIME after its first request",
  },
  deadAfterRequests: {
    value: "N",
    parse: integer(0, 1e9),
    default: null,
    help: "a session dies after N requests",
  },
  expire: {
    value: "TIME",
    parse: duration(0),
    default: null,
    help: "a session dies after TIME without a request",
  },
  loss: {
    value: "P",
    parse: probability,
    default: "0",
    help: "share of requests and of replies lost; 0 to 1",
  },
  delay: {
    value: "TIME",
    parse: duration(0),
    default: "0s",
    help: "how long a reply takes",
  },
  jitter: {
    value: "TIME",
    parse: duration(0),
    default: "0s",
    help: "delay each reply by up to TIME more, at random",
  },
  silent: {
    switches: { "--silent": "true" },
    parse: boolean,
    default: "false",
    help: "a dead session gets no answer",
  },
  idleLimit: {
    value: "TIME",
    parse: duration(1),
    default: "60s",
    help: "a connection ends after TIME without a byte from the client",
  },
  duplicate: {
    switches: { "--duplicate": "true" },
    parse: boolean,
    default: "false",
    help: "each reply comes twice",
  },
  reorder: {
    switches: { "--reorder": "true" },
    parse: boolean,
    default: "false",
    help: "half of the replies are held back, so that others overtake them",
  },
  garble: {
    value: "HOW",
    parse: oneOf([...garblings, ...streamGarblings]),
    default: null,
    help: `no reply is valid: ${
      alternatives(garblings)
    } of a datagram, html (a login page) or 503 over HTTP`,
  },
  forge: {
    value: "WHAT",
    parse: oneOf(["dead@other-port"]),
    default: null,
    help: "dead@other-port: a forged death comes before each reply",
  },
  seed: {
    value: "N",
    parse: integer(0, 2 ** 32 - 1),
    default: null,
    help: "start value of the random numbers, to repeat a run",
  },
  keyFile: {
    value: "FILE",
    parse: fileName,
    default: null,
    help:
      "of a reflector: the key of its clients, at least 32 hexadecimal digits",
  },
  unauthenticated: {
    switches: { "--unauthenticated": "true" },
    parse: boolean,
    default: "false",
    help: "a reflector without a key answers others than this machine, too",
  },
  maxAge: {
    value: "TIME",
    parse: duration(1),
    default: "60s",
    help: "a reflector is silent where clocks are further apart",
  },
  limit: {
    value: "N",
    parse: integer(1, 1e9),
    default: "100",
    help: "how many requests of an address a reflector answers in a second",
  },
  metricsFile: {
    value: "FILE",
    parse: fileName,
    default: null,
    help: "a reflector's counters, for Prometheus' textfile collector",
  },
};

/** The table for where to listen, a text or `undefined` for the default: answers are garbled in other ways over connections. */
export function settingsAt(
  listen: string | undefined,
): SettingsTable<GatewaySettings> {
  const takesConnections = /^(?!srun:|stamp:)[^/]*:\/\//i.test(listen ?? "");
  const words = takesConnections ? streamGarblings : garblings;
  const parse = oneOf<Garbling | StreamGarbling>(words);
  return { ...settings, garble: { ...settings.garble, parse } };
}

const simulations: readonly Scheme[] = ["srun", "srun+http", "ws"];
const connections: readonly Scheme[] = ["srun+http", "ws"];

/** The settings that only some have, and which. */
const owners: Partial<Record<keyof GatewaySettings, readonly Scheme[]>> = {
  uid: ["srun"],
  deadAfter: simulations,
  deadAfterRequests: simulations,
  expire: simulations,
  silent: simulations,
  idleLimit: connections,
  duplicate: ["srun"],
  reorder: ["srun"],
  garble: simulations,
  forge: ["srun"],
  keyFile: ["stamp"],
  unauthenticated: ["stamp"],
  maxAge: ["stamp"],
  limit: ["stamp"],
  metricsFile: ["stamp"],
};

/** What is wrong with settings, beyond each by itself; `layer` has those that were given. */
export function conflicts(
  settings: GatewaySettings,
  layer: Readonly<Record<string, unknown>>,
): Mistake[] {
  const messages = [
    ...misplaced(settings, layer),
    ...publicFaults(settings),
    ...tooManyReplies(settings),
    ...strangers(settings),
  ];
  return messages.map((message) => ({ kind: "config", message }));
}

/** Settings that make no sense for what is there. */
function misplaced(
  { listen }: GatewaySettings,
  layer: Readonly<Record<string, unknown>>,
): string[] {
  const names = Object.keys(settings) as (keyof GatewaySettings)[];
  return names.flatMap((name) => {
    const wanted = owners[name] ?? [listen.scheme];
    if (layer[name] === undefined || wanted.includes(listen.scheme)) return [];
    const schemes = wanted.map((scheme) => `${scheme}://`);
    const flag = flagOf(name);
    return `${flag}: Cannot use ${flag} at ${
      formatPlace(listen)
    }: expected it with ${alternatives(schemes)}, e.g. --listen ${
      examples[wanted.at(-1)!]
    }`;
  });
}

/** Where each may listen. */
const examples: Readonly<Record<Scheme, string>> = {
  srun: `srun://127.0.0.1:${srun.port}`,
  stamp: "stamp://127.0.0.1:862",
  "srun+http": "srun+http://127.0.0.1:8080",
  ws: "ws://127.0.0.1:8080",
};

/** Who has no key may be anybody: that has to be asked for. */
function strangers(
  { listen, keyFile, unauthenticated }: GatewaySettings,
): string[] {
  if (listen.scheme !== "stamp") return [];
  if (keyFile !== null) {
    return unauthenticated
      ? [
        "--unauthenticated: Cannot use --unauthenticated and --key-file together: expected only one of them",
      ]
      : [];
  }
  if (unauthenticated || isLoopback(listen.host)) return [];
  return [
    `--listen: Cannot answer whoever asks at ${
      formatPlace(listen)
    } without being told to: expected a key, e.g. --key-file /etc/lifesign/stamp.key, or --unauthenticated`,
  ];
}

/** A simulation must not disturb the network of others. */
function publicFaults(settings: GatewaySettings): string[] {
  const { listen } = settings;
  if (isLoopback(listen.host)) return [];
  const example = formatPlace({
    ...listen,
    host: "127.0.0.1",
    port: listen.scheme === "srun" ? srun.port : listen.port,
  });
  const names = Object.keys(noFaults) as (keyof Faults)[];
  return names.filter((name) => settings[name] !== noFaults[name])
    .map((name) =>
      `${
        flagOf(name)
      }: Cannot simulate faults at ${listen.host}: expected a loopback address, e.g. --listen ${example}`
    );
}

/** A request is never answered by more than two datagrams. */
function tooManyReplies({ forge, duplicate }: GatewaySettings): string[] {
  return forge !== null && duplicate
    ? [
      "--duplicate: Cannot use --duplicate and --forge together: expected only one of them",
    ]
    : [];
}
