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
import { formatPlace, type Place, place } from "../../gateway/place.ts";
import {
  alternatives,
  boolean,
  duration,
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
}

/** The table of them. */
export const settings: SettingsTable<GatewaySettings> = {
  listen: {
    value: "HOST:PORT|URL",
    parse: place,
    default: `127.0.0.1:${srun.port}`,
    help:
      "where it listens, as a portal at srun+http://HOST:PORT, as a WebSocket server at ws://HOST:PORT; port 0 is any that is free",
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
};

/** The table for where to listen, a text or `undefined` for the default: answers are garbled in other ways over connections. */
export function settingsAt(
  listen: string | undefined,
): SettingsTable<GatewaySettings> {
  const isDatagrams = !/^(?!srun:)[^/]*:\/\//i.test(listen ?? "");
  const words = isDatagrams ? garblings : streamGarblings;
  const parse = oneOf<Garbling | StreamGarbling>(words);
  return { ...settings, garble: { ...settings.garble, parse } };
}

/** The settings that only datagrams have, and those that only connections have. */
const foreignTo = {
  connections: ["uid", "duplicate", "reorder", "forge"],
  datagrams: ["idleLimit"],
} as const;

/** What is wrong with settings, beyond each by itself; `layer` has those that were given. */
export function conflicts(
  settings: GatewaySettings,
  layer: Readonly<Record<string, unknown>>,
): Mistake[] {
  const messages = [
    ...misplaced(settings, layer),
    ...publicFaults(settings),
    ...tooManyReplies(settings),
  ];
  return messages.map((message) => ({ kind: "config", message }));
}

/** Settings that make no sense for what is simulated. */
function misplaced(
  { listen }: GatewaySettings,
  layer: Readonly<Record<string, unknown>>,
): string[] {
  const at = formatPlace(listen);
  const [foreign, elsewhere] = listen.scheme === "srun"
    ? [
      foreignTo.datagrams,
      "srun+http:// or ws://, e.g. --listen ws://127.0.0.1:8080",
    ]
    : [
      foreignTo.connections,
      `datagrams, e.g. --listen 127.0.0.1:${srun.port}`,
    ];
  return foreign.filter((name) => layer[name] !== undefined)
    .map(flagOf)
    .map((flag) =>
      `${flag}: Cannot use ${flag} at ${at}: expected it with ${elsewhere}`
    );
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
