/**
 * Reads the settings of all sessions from files, environment and flags.
 *
 * @module
 */
import { type Target, target as targetOf } from "./target.ts";
import type { Protocol, StreamProtocol } from "../protocol/protocol.ts";
import { protocolOf, protocols } from "../protocol/protocols.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import type { Parser } from "../parsers.ts";
import type { World } from "../world.ts";
import type { Position, Section } from "./file.ts";
import {
  environmentLayer,
  type Layer,
  merge,
  resolve,
  type Resolved,
} from "./layers.ts";
import { didYouMean } from "../nearest.ts";
import { type Finding, mistakesOf, type Origin } from "./origin.ts";
import {
  checkPresence,
  checkSession,
  checkUse,
  type Purpose,
  type ValidSession,
} from "./session.ts";
import {
  type AgentSettings,
  agentSettings,
  keyOf,
  type SessionSettings,
  sessionSettings,
  sessionSettingsOf,
} from "./settings.ts";
import { checkFiles, writtenFiles } from "./files.ts";
import { misspelled } from "./variables.ts";
import { expandHome, readSources, type Source } from "./sources.ts";
import { quote } from "./quote.ts";

/** The name of the only session if no file has a section. */
const defaultSession = "default";

/** What the command line asks for. */
export interface Request {
  /** The settings in its flags. */
  readonly flags: Layer;
  /** The settings whose flags have no value. */
  readonly incomplete: ReadonlySet<string>;
  /** The names of the sessions; none for all. */
  readonly names: readonly string[];
  /** What the settings are for. */
  readonly purpose: Purpose;
}

/** A configured session, valid or not. */
export interface LoadedSession {
  /** What users call it. */
  readonly name: string;
  /** How it is asked. */
  readonly protocol: Protocol;
  /** Its settings and where they come from. */
  readonly resolved: Resolved<SessionSettings>;
}

/** All settings, and what is wrong with them. */
export interface Loaded {
  /** The sessions that were asked for, in the order of the files. */
  readonly sessions: readonly LoadedSession[];
  /** The valid ones among them, with whole paths. */
  readonly valid: readonly ValidSession[];
  /** The settings of the program, with whole paths. */
  readonly agent: Resolved<AgentSettings>;
  /** All mistakes. */
  readonly mistakes: readonly Mistake[];
  /** Warnings, which stop nothing. */
  readonly warnings: readonly string[];
}

/** Reads all settings. Mistakes are in the result, none is thrown. */
export async function load(
  request: Request,
  world: Pick<World, "files" | "environment" | "streams">,
): Promise<Loaded> {
  const { get, mistakes } = collecting(world.environment.get);
  const fromEnvironment = environmentLayer(
    { ...sessionSettings, ...agentSettings },
    get,
  );
  const outer = [fromEnvironment, request.flags];
  const named = request.flags["config"]?.text ?? get("LIFESIGN_CONFIG");
  const read = await readSources(named, world);
  // A setting is not reported as missing if a file or a variable can't be read.
  const isReadable = read.mistakes.length === 0 && mistakes.length === 0;
  const purpose = isReadable ? request.purpose : "show";
  const combined = combine(
    read.sources,
    { ...request, purpose },
    {
      fromEnvironment,
      used: await loadUsed(read.sources, outer),
      hasTls: world.streams.hasTls ?? true,
    },
  );
  const findings = [...read.findings, ...combined.findings];
  const { agent, valid } = combined;
  return {
    ...combined,
    agent: "settings" in agent
      ? { ...agent, settings: withPaths(agent.settings, get) }
      : agent,
    valid: valid.map((session) => ({
      ...session,
      values: withPaths(session.values, get),
      also: session.also.map((other) => ({
        ...other,
        values: withPaths(other.values, get),
      })),
    })),
    mistakes: [
      ...combined.mistakes,
      ...mistakes,
      ...read.mistakes,
      ...mistakesOf(findings),
    ],
    warnings: [...misspelled(world.environment.ownNames), ...read.warnings],
  };
}

/** The settings that name a file, without `config`. */
const pathSettings: readonly string[] = [
  ...writtenFiles,
  ...Object.entries(sessionSettings)
    .filter(([, { value }]) => value === "FILE").map(([name]) => name),
];

/** Replaces a leading `~` in the paths among some settings. */
function withPaths<T extends object>(
  settings: T,
  get: World["environment"]["get"],
): T {
  const all = settings as Readonly<Record<string, unknown>>;
  const names = pathSettings.filter((name) => `${all[name]}`.startsWith("~"));
  if (names.length === 0) return settings;
  const paths = names.map((name) => [name, expandHome(`${all[name]}`, get)]);
  return { ...settings, ...Object.fromEntries(paths) };
}

/** Wraps `get` so that variables that can't be read add to `mistakes`. */
function collecting(get: World["environment"]["get"]): {
  readonly get: World["environment"]["get"];
  readonly mistakes: readonly Mistake[];
} {
  const mistakes: Mistake[] = [];
  return {
    mistakes,
    get(name) {
      try {
        return get(name);
      } catch (error) {
        if (!(error instanceof LifesignError)) throw error;
        mistakes.push(...error.mistakes);
        return undefined;
      }
    },
  };
}

function combine(
  sources: readonly Source[],
  { flags, incomplete, names, purpose }: Request,
  { fromEnvironment, used, hasTls }: {
    readonly fromEnvironment: Layer;
    readonly used: UsedProtocols;
    readonly hasTls: boolean;
  },
): Omit<Loaded, "warnings"> & { readonly findings: readonly Finding[] } {
  const files = sources.map(readLayers);
  const findings = files.flatMap(({ findings }) => findings);
  const known = new Set(files.flatMap(({ sections }) => [...sections.keys()]));
  // A target on the command line is the only session, and none of a file.
  const isAlone = names.length === 0 &&
    flags["target"]?.origin.type === "operand";
  if (isAlone) known.clear();
  if (known.size === 0) known.add(defaultSession);
  const named = [...known].filter((name) => names.includes(name));
  const unknown = names.filter((name) => !known.has(name));
  // What was meant to be the gateway is not missing.
  const given = unknown.some(isHost)
    ? new Set([...incomplete, "gateway"])
    : incomplete;
  // If no name is known, all sessions are checked.
  const wanted = named.length > 0 ? named : [...known];
  const outer = [fromEnvironment, flags];
  const shared = [...files.map(({ top }) => top), ...outer];
  const agent = resolve(agentSettings, shared);
  findings.push(...findingsOf(agent), ...checkFiles(agent));
  const common = resolve(sessionSettings, shared);
  const valid: ValidSession[] = [];
  const asked: (Protocol | null)[] = [];
  const isUseChecked = purpose !== "show" && incomplete.size === 0;
  const sessions = wanted.map((name) => {
    const layers = files.flatMap(({ top, sections }) => [
      top,
      sections.get(name)?.layer ?? {},
    ]);
    const all = [...layers, ...outer];
    const merged = merge(all);
    const protocol = protocolFor(merged, used);
    const own = protocolsAsked(merged, used);
    asked.push(...own);
    const table = sessionSettingsOf(protocol);
    const like = table === sessionSettings ? common : undefined;
    const resolved = resolve(table, all, like);
    const home = files.findLast(({ sections }) => sections.has(name))
      ?.sections.get(name)?.home;
    const wrong = [
      ...findingsOf(resolved),
      ...purpose === "show" ? [] : checkPresence(resolved.origins, protocol, {
        incomplete: own[0] === null ? new Set([...given, "target"]) : given,
        ...home && { home },
      }),
      ..."settings" in resolved
        ? checkSession(resolved, { purpose, protocol, hasTls })
        : [],
      ...isUseChecked
        ? files.flatMap(({ sections }) =>
          checkUse(sections.get(name)?.layer ?? {}, own)
        )
        : [],
    ];
    findings.push(...wrong);
    if (wrong.length === 0 && incomplete.size === 0 && "settings" in resolved) {
      const also = (resolved.settings.also ?? []).map((target) =>
        otherSession(name, {
          ...{ target, main: protocol, used, hasTls },
          layers: all,
        })
      );
      const more = also.flatMap(({ findings }) => findings);
      findings.push(...more);
      const others = also.flatMap(({ session }) => session);
      if (more.length === 0) {
        const { settings } = resolved;
        const mains = validSession(name, protocol, settings, purpose);
        valid.push(...mains.map((session) => ({ ...session, also: others })));
      }
    }
    return { name, protocol, resolved };
  });
  if (isUseChecked) findings.push(...checkUse(flags, asked));
  const mistakes = unknown.map((name) => noSession(name, [...known]));
  return { sessions, valid, agent, mistakes, findings };
}

/** The session of a second opinion: its target with the other settings, as far as they are of use to it. What the main target is told in secret, and the name that it has to prove, are not for others. */
function otherSession(
  name: string,
  { target, main, used, hasTls, layers }: {
    readonly target: Target;
    readonly main: Protocol;
    readonly used: UsedProtocols;
    readonly hasTls: boolean;
    readonly layers: readonly Layer[];
  },
): {
  readonly session: readonly ValidSession[];
  readonly findings: readonly Finding[];
} {
  const protocol = used.get(target.scheme)!;
  const own = { target: undefined, gateway: undefined, also: undefined };
  const secrets = Object.entries(main.files)
    .filter(([, { isSecret }]) => isSecret);
  const onlyMain = {
    deadOn: undefined,
    hold: undefined,
    ...Object.fromEntries(secrets.map(([setting]) => [setting, undefined])),
    ..."tlsName" in main.settings && { tlsName: undefined },
  };
  const shared = layers.map((layer) => ({ ...layer, ...own, ...onlyMain }));
  const resolved = resolve(sessionSettingsOf(protocol), shared);
  const { also } = merge(layers);
  const origins = { ...resolved.origins, target: also };
  if (!("settings" in resolved)) return { session: [], findings: [] };
  const settings = { ...resolved.settings, target };
  const findings = [
    ...checkPresence(origins, protocol),
    ...checkSession(
      { settings, origins },
      { purpose: "check", protocol, hasTls },
    ),
  ];
  return {
    session: validSession(name, protocol, settings, "check"),
    findings,
  };
}

const noStream = { deadOn: [], hold: false };

/** What is meant by `dead_on` and `hold` where they are not set. */
export function streamDefaultsOf(
  protocol: StreamProtocol,
): Pick<ValidSession, "deadOn" | "hold"> {
  const signs = protocol.deathSigns.filter(({ isDefault }) => isDefault);
  return {
    deadOn: signs.map(({ name }) => name),
    hold: protocol.hold === "default",
  };
}

/** What of a session's settings its protocol decides. Only `run` keeps connections. */
function streamOf(
  protocol: Protocol,
  { deadOn, hold }: SessionSettings,
  purpose: Purpose,
): Pick<ValidSession, "deadOn" | "hold"> {
  if (protocol.carrier === "datagram") return noStream;
  const standard = streamDefaultsOf(protocol);
  return {
    deadOn: deadOn ?? standard.deadOn,
    hold: purpose === "run" && (hold ?? standard.hold),
  };
}

/** The session with these settings; none if something is missing because its source can't be read. */
function validSession(
  name: string,
  protocol: Protocol,
  settings: SessionSettings,
  purpose: Purpose,
): ValidSession[] {
  const address = settings.target ?? settings.gateway;
  const values = settings as unknown as Record<string, unknown>;
  const { identity } = protocol;
  const isNamed = identity === null ||
    (values[identity.value] ?? values[identity.file]) !== null;
  if (address === null || !isNamed) return [];
  const gateway = { host: address.host, port: address.port };
  const path = settings.target?.path ?? "";
  const stream = streamOf(protocol, settings, purpose);
  const own = { name, protocol, values, gateway, path, also: [] };
  return [{ ...settings, ...own, ...stream }];
}

/** Protocols by their schemes: the default one, and those that targets name. */
type UsedProtocols = ReadonlyMap<string, Protocol>;

const schemePattern = /[a-z][a-z\d+.-]*(?=:\/\/)/g;

/** Loads the protocols that any layer names. */
async function loadUsed(
  sources: readonly Source[],
  outer: readonly Layer[],
): Promise<UsedProtocols> {
  const settings = ["target", "also"];
  const lines = sources.flatMap(({ sections }) =>
    sections.flatMap(({ entries }) => entries)
  );
  const texts = [
    ...lines.filter(({ key }) => settings.includes(key)),
    ...outer.flatMap((layer) => settings.map((name) => layer[name])),
  ].map((it) => it?.text.toLowerCase() ?? "");
  const schemes = texts.flatMap((text) => text.match(schemePattern) ?? []);
  const rows = new Set(schemes.map(protocolOf).filter((row) => row != null));
  const loaded = [protocols[0], ...rows].map((row) => row.load());
  return new Map(
    (await Promise.all(loaded)).map((protocol) => [protocol.scheme, protocol]),
  );
}

/** The protocol of a session, even if other settings can't be read. */
function protocolFor(layer: Layer, used: UsedProtocols): Protocol {
  return protocolsAsked(layer, used)[0] ?? used.get(protocols[0].scheme)!;
}

/** The protocols of all targets of a session; `null` for one that can't be read. */
function protocolsAsked(
  { target, also }: Layer,
  used: UsedProtocols,
): (Protocol | null)[] {
  const targets = [
    target?.text ?? `${protocols[0].scheme}://`,
    ...also?.text.split(",") ?? [],
  ];
  return targets.map((text) => {
    const [scheme = ""] = text.trim().toLowerCase().split("://");
    return used.get(scheme) ?? null;
  });
}

function findingsOf(resolved: Resolved<unknown>): readonly Finding[] {
  return "findings" in resolved ? resolved.findings : [];
}

interface FileLayers {
  readonly top: Layer;
  readonly sections: ReadonlyMap<string, { layer: Layer; home: Origin }>;
  readonly findings: readonly Finding[];
}

function readLayers({ file, sections }: Source): FileLayers {
  const findings: Finding[] = [];
  const originAt = ({ line, column }: Position): Origin => ({
    type: "file",
    file,
    line,
    column,
  });
  const layerOf = (section: Section): Layer => {
    const layer: Record<string, Layer[string]> = {};
    for (const entry of section.entries) {
      const { key, text, at } = entry;
      const message = refusal(key, section.name !== null);
      if (message === null) {
        layer[settingOfKey.get(key)!] = { text, origin: originAt(at) };
      } else findings.push({ origin: originAt(entry), message });
    }
    return layer;
  };
  const [top, ...named] = sections.map((section) => ({
    name: section.name ?? "",
    layer: layerOf(section),
    home: originAt(section),
  }));
  return {
    top: top?.layer ?? {},
    sections: new Map(named.map((section) => [section.name, section])),
    findings,
  };
}

const settingOfKey = new Map(
  Object.keys({ ...sessionSettings, ...agentSettings })
    .map((setting) => [keyOf(setting), setting]),
);

/** Why a file can't set a key; `null` if it can. */
function refusal(key: string, inSection: boolean): string | null {
  const setting = settingOfKey.get(key);
  if (setting === undefined) {
    return `Cannot set ${quote(key)}: unknown setting${
      didYouMean(key, [...settingOfKey.keys()])
    }`;
  }
  if (inSection && setting in agentSettings) {
    return `Cannot set ${key} for one session: expected a line before the first [section]`;
  }
  return null;
}

/** Whether the name of a session was rather meant to be a gateway. */
function isHost(name: string): boolean {
  return /[.:]/.test(name);
}

/** The flag or the target that was rather meant; `undefined` if none is right. */
function placeMeant(name: string): string | undefined {
  if (canRead(name, sessionSettings.gateway.parse)) return `--gateway ${name}`;
  const urls = [
    ...name.startsWith("/") ? [] : [`x11://${name}`],
    name.replace(/^([a-z][a-z\d+.-]*):\/?/i, "$1://"),
  ];
  return urls.find((url) => canRead(url, targetOf));
}

function canRead(text: string, parse: Parser<unknown>): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function noSession(name: string, known: readonly string[]): Mistake {
  const some = known.length > 10
    ? `${known.slice(0, 10).join(", ")} …`
    : known.join(" or ");
  const place = isHost(name) ? placeMeant(name) : undefined;
  const hint = place === undefined
    ? didYouMean(name, known)
    : `; did you mean ${place}?`;
  const message = `lifesign: Cannot find a session ${
    quote(name)
  }: expected ${some}${hint}`;
  return { kind: "usage", message };
}
