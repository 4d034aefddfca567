/**
 * Checks that the settings of a session fit together.
 *
 * @module
 */
import { seriesTime } from "../tries.ts";
import { familyOf, isForMany, isPath } from "../address.ts";
import { didYouMean } from "../nearest.ts";
import { type Layer, originOf } from "./layers.ts";
import type { Finding, Origin } from "./origin.ts";
import { quote } from "./quote.ts";
import { formatDuration, type GatewayAddress } from "../parsers.ts";
import {
  flagOf,
  keyOf,
  type SessionSettings,
  sessionSettings,
} from "./settings.ts";
import { exampleOf } from "../setting.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { protocols } from "../protocol/protocols.ts";

/** The use of the settings: one cycle, many cycles, or only showing them. */
export type Purpose = "check" | "run" | "show";

/** A session's settings that fit together. */
export interface ValidSession extends Omit<SessionSettings, "also"> {
  /** What users call it. */
  readonly name: string;
  /** The protocol of its gateway. */
  readonly protocol: Protocol;
  /** The values of all settings, with those of the protocol. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The address of the gateway. */
  readonly gateway: GatewayAddress;
  /** What is asked for there, from the slash on; empty for nothing. */
  readonly path: string;
  /** The other targets that have to agree, each with the settings that it shares. */
  readonly also: readonly ValidSession[];
  /** Streams: the death signs that count. */
  readonly deadOn: readonly string[];
  /** Streams: whether the connection is kept from cycle to cycle. */
  readonly hold: boolean;
}

/**
 * Finds settings that are missing or exclude each other. Those in `incomplete`
 * only lack a value. `home` is where the session itself is configured.
 */
export function checkPresence(
  origins: Layer,
  { identity, settings }: Pick<Protocol, "identity" | "settings">,
  { incomplete = new Set(), home = { type: "default" } }: {
    readonly incomplete?: ReadonlySet<string>;
    readonly home?: Origin;
  } = {},
): Finding[] {
  const has = (setting: string) =>
    origins[setting] !== undefined || incomplete.has(setting);
  const findings: Finding[] = [];
  if (!has("target") && !has("gateway")) {
    findings.push({
      origin: home,
      message:
        `Cannot reach a gateway: none is given, expected --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST", e.g. --gateway ${exampleHost}`,
    });
  }
  findings.push(...together(origins, "gateway", "target"));
  if (identity === null || incomplete.has("target")) return findings;
  const { noun, value, file } = identity;
  if (!has(value) && !has(file)) {
    findings.push({
      origin: home,
      message: `Cannot send a heartbeat: no ${noun} is given, expected ${
        flagOf(value)
      }, ${flagOf(file)} or a line "${keyOf(file)} = FILE", e.g. ${
        flagOf(value)
      } ${exampleOf(settings[value]!)}`,
    });
  }
  findings.push(...together(origins, value, file));
  return findings;
}

/** What only sessions with one of these carriers have, besides the settings of protocols. */
const carriers: Readonly<Record<string, Protocol["carrier"]>> = {
  deadOn: "stream",
  hold: "stream",
  replyFrom: "datagram",
};

const ofProtocols: ReadonlySet<string> = new Set(
  protocols.flatMap(({ settings }) => Object.keys(settings)),
);

/** Whether a protocol has use for a setting. */
function hasUseFor(
  { carrier, settings }: Pick<Protocol, "carrier" | "settings">,
  setting: string,
): boolean {
  const wanted = carriers[setting];
  return wanted === undefined
    ? setting in settings || !ofProtocols.has(setting)
    : wanted === carrier;
}

/** Finds settings that none of the protocols has use for that are asked by; nothing if one of those is unknown. */
export function checkUse(
  layer: Layer,
  asked: readonly (Protocol | null)[],
): Finding[] {
  const all = [...new Set(asked)];
  const known = all.filter((protocol) => protocol !== null);
  if (known.length < all.length) return [];
  const findings: Finding[] = [];
  for (const [setting, text] of Object.entries(layer)) {
    const isUsed = known.some((protocol) => hasUseFor(protocol, setting));
    if (text === undefined || isUsed) continue;
    findings.push({
      origin: text.origin,
      message: `Cannot use ${keyOf(setting)}: ${uselessTo(known)}`,
    });
  }
  return findings;
}

function uselessTo(asked: readonly Protocol[]): string {
  const schemes = asked.map(({ scheme }) => `${scheme}://`);
  return asked.length === 1
    ? `${schemes} has no use for it`
    : `neither ${schemes.join(" nor ")} has use for it`;
}

/** Finds two settings that exclude each other. */
function together(origins: Layer, one: string, other: string): Finding[] {
  const { [one]: first, [other]: second } = origins;
  if (first === undefined || second === undefined) return [];
  return [{
    origin: first.origin,
    message: `Cannot use ${keyOf(one)} and ${
      keyOf(other)
    } together: expected only one of them`,
  }];
}

/** Finds values that do not fit together. */
export function checkSession(
  { settings, origins }: {
    readonly settings: SessionSettings;
    readonly origins: Layer;
  },
  { purpose, protocol, hasTls }: {
    readonly purpose: Purpose;
    readonly protocol: Protocol;
    /** Whether this build can secure connections. */
    readonly hasTls: boolean;
  },
): Finding[] {
  if (purpose === "show") return [];
  const { target } = settings;
  const effective = {
    ...settings,
    protocol,
    hasTls,
    gateway: target ?? settings.gateway,
  };
  const rules = [
    ...always,
    ...forStreams,
    ...purpose === "run" ? forRun : [],
  ];
  return rules.flatMap((rule) =>
    rule(effective).map(([setting, message]) => ({
      origin: originOf(
        origins,
        setting === "gateway" && target !== null ? "target" : setting,
      ),
      message,
    }))
  );
}

/** Finds wrong settings, with a message for each. */
type Rule = (
  settings: SessionSettings & {
    readonly protocol: Protocol;
    readonly hasTls: boolean;
  },
) => [setting: string, message: string][];

const exampleHost = exampleOf(sessionSettings.gateway);

function anAddress(family: string): string {
  return `an IPv${family} address, e.g. ${
    family === "4" ? "192.0.2.1" : "2001:db8::1"
  }`;
}

const always: Rule[] = [
  ({ gateway }) => {
    if (gateway?.host !== "0.0.0.0" && gateway?.host !== "::") return [];
    return [[
      "gateway",
      `Cannot ask ${gateway.host}: expected an address of the gateway's own, e.g. ${exampleHost}`,
    ]];
  },
  ({ gateway }) => {
    const host = gateway?.host ?? "";
    if (!isForMany(host)) return [];
    return [[
      "gateway",
      `Cannot ask ${host}: that is many hosts, expected an address of the gateway's own, e.g. ${exampleHost}`,
    ]];
  },
  ({ gateway, bind, family }) => {
    const hosts = [["gateway", gateway?.host], ["bind", bind]] as const;
    return hosts
      .filter(([, host]) => {
        const found = familyOf(host ?? "");
        return found !== null && family !== "auto" && found !== family;
      })
      .map(([setting, host]) => [
        setting,
        `Cannot use ${host}: expected ${anAddress(family)}`,
      ]);
  },
  ({ gateway, bind, family }) => {
    const here = familyOf(bind ?? "");
    const there = familyOf(gateway?.host ?? "");
    if (family !== "auto" || !here || !there || here === there) return [];
    return [[
      "bind",
      `Cannot reach ${gateway?.host} from ${bind}: expected ${
        anAddress(there)
      }`,
    ]];
  },
];

const forStreams: Rule[] = [
  ({ protocol, hasTls }) => {
    if (hasTls || protocol.carrier !== "stream" || !protocol.isSecure) {
      return [];
    }
    return [[
      "gateway",
      `Cannot ask by ${protocol.scheme}://: this build has no TLS, expected the executable for glibc (x86_64- or aarch64-unknown-linux-gnu), or a target without TLS`,
    ]];
  },
  ({ protocol, hold }) => {
    if (hold !== true || protocol.carrier !== "stream") return [];
    if (protocol.hold !== "never") return [];
    return [[
      "hold",
      `Cannot hold a connection: there is nothing to ping on one of ${protocol.scheme}://`,
    ]];
  },
  ({ protocol, deadOn }) => {
    if (protocol.carrier !== "stream") return [];
    const known = protocol.deathSigns.map(({ name }) => name);
    return (deadOn ?? []).filter((word) => !known.includes(word))
      .map((word) => [
        "deadOn",
        `Cannot use ${quote(word)}: expected some of ${
          known.join(", ")
        }, or none${didYouMean(word, known)}`,
      ]);
  },
  ({ protocol, bind, gateway }) => {
    if (bind === null) return [];
    const what = isPath(gateway?.host ?? "")
      ? "a unix socket"
      : protocol.carrier === "stream" && protocol.isSecure
      ? "TLS"
      : null;
    return what === null ? [] : [[
      "bind",
      `Cannot use bind with ${what}: this build can't choose a local address for it`,
    ]];
  },
];

const forRun: Rule[] = [
  ({ interval, timeout, tries, protocol }) => {
    // A stream's cycle that takes longer has its slots skipped.
    if (protocol.carrier === "stream") return [];
    const series = seriesTime({ timeout, tries });
    if (series <= interval) return [];
    return [[
      "interval",
      `Cannot fit ${tries === 1 ? "1 try" : `${tries} tries`} into ${
        formatDuration(interval)
      }: they take up to ${
        formatDuration(Math.ceil(series))
      }, expected a longer interval, a shorter timeout or fewer tries, e.g. an interval of ${
        formatDuration(Math.ceil(series / 1_000) * 1_000)
      }`,
    ]];
  },
  ({ interval, jitter }) => {
    if (jitter === 0 || jitter < interval) return [];
    return [[
      "jitter",
      `Cannot start ${
        formatDuration(jitter)
      } sooner: expected a jitter shorter than the interval (${
        formatDuration(interval)
      }), e.g. ${formatDuration(Math.floor(interval / 10))}`,
    ]];
  },
  ({ interval, giveUpAfter }) => {
    if (giveUpAfter === null || giveUpAfter > interval) return [];
    return [[
      "giveUpAfter",
      `Cannot give up after ${
        formatDuration(giveUpAfter)
      }, or a session that is alive would end: expected a time longer than the interval (${
        formatDuration(interval)
      }), e.g. ${formatDuration(5 * interval)}`,
    ]];
  },
];
