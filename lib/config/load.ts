/**
 * From files, environment and flags to the settings of every session.
 *
 * @module
 */
import type { Protocol } from "../protocol/protocol.ts";
import { protocolOf, protocols } from "../protocol/protocols.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import type { World } from "../world.ts";
import type { Section } from "./file.ts";
import {
  environmentLayer,
  type Layer,
  resolve,
  type Resolved,
} from "./layers.ts";
import { didYouMean } from "../nearest.ts";
import { type Finding, mistakesOf, type Origin } from "./origin.ts";
import {
  checkPresence,
  checkSession,
  type Purpose,
  type ValidSession,
} from "./session.ts";
import {
  type AgentSettings,
  agentSettings,
  keyOf,
  type SessionSettings,
  sessionSettings,
} from "./settings.ts";
import { checkFiles, writtenFiles } from "./files.ts";
import { expandHome, readSources, type Source } from "./sources.ts";
import { quote, show } from "./quote.ts";

/** The name of the only session where no file has a section. */
const defaultSession = "default";

/** What the command line says. */
export interface Request {
  /** Its settings. */
  readonly flags: Layer;
  /** Settings whose flags have no value. */
  readonly incomplete: ReadonlySet<string>;
  /** The sessions that are wanted; none for all. */
  readonly names: readonly string[];
  /** What for. */
  readonly purpose: Purpose;
}

/** A session as it is configured, right or wrong. */
export interface LoadedSession {
  /** What users call it. */
  readonly name: string;
  /** Its settings and where they come from. */
  readonly resolved: Resolved<SessionSettings>;
}

/** All settings, and what is wrong with them. */
export interface Loaded {
  /** The sessions that are wanted, in the order of the files. */
  readonly sessions: readonly LoadedSession[];
  /** Those of them that are right, with whole paths. */
  readonly valid: readonly ValidSession[];
  /** The settings of the program, with whole paths. */
  readonly agent: Resolved<AgentSettings>;
  /** What is wrong. */
  readonly mistakes: readonly Mistake[];
  /** What is not as it should be, though it stops nothing. */
  readonly warnings: readonly string[];
}

/** Reads all settings; whatever is wrong is in `mistakes`. */
export async function load(
  request: Request,
  world: Pick<World, "files" | "environment">,
): Promise<Loaded> {
  const { get, mistakes } = collecting(world.environment.get);
  const fromEnvironment = environmentLayer(
    { ...sessionSettings, ...agentSettings },
    get,
  );
  const named = request.flags["config"]?.text ?? get("LIFESIGN_CONFIG");
  const read = await readSources(named, world);
  // What a file or a variable says that can't be read is not missing.
  const isReadable = read.mistakes.length === 0 && mistakes.length === 0;
  const purpose = isReadable ? request.purpose : "show";
  const combined = combine(
    read.sources,
    { ...request, purpose },
    fromEnvironment,
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
    })),
    mistakes: [
      ...combined.mistakes,
      ...mistakes,
      ...read.mistakes,
      ...mistakesOf(findings),
    ],
    warnings: read.warnings,
  };
}

/** All settings that name a file, but for `config` itself. */
const pathSettings: readonly string[] = [
  ...writtenFiles,
  ...protocols.flatMap(({ identity }) => identity?.file ?? []),
];

/** The same settings with the paths that a leading `~` stands for. */
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

/** Reads variables; what is wrong with those that can't be read is in `mistakes`, which grows. */
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

/** What the files, the environment and the flags amount to. */
function combine(
  sources: readonly Source[],
  { flags, incomplete, names, purpose }: Request,
  fromEnvironment: Layer,
): Omit<Loaded, "warnings"> & { readonly findings: readonly Finding[] } {
  const outer = [fromEnvironment, flags];
  const files = sources.map((source) => readLayers(source));
  const findings = files.flatMap(({ findings }) => findings);
  const known = new Set(files.flatMap(({ sections }) => [...sections.keys()]));
  // A target that stands for itself is no configured session's.
  const isAlone = names.length === 0 &&
    flags["target"]?.origin.type === "operand";
  if (isAlone) known.clear();
  if (known.size === 0) known.add(defaultSession);
  const named = [...known].filter((name) => names.includes(name));
  // Where nobody knows which ones are meant, what is wrong with any is told.
  const wanted = named.length > 0 ? named : [...known];
  const agent = resolve(agentSettings, [
    ...files.map(({ top }) => top),
    ...outer,
  ]);
  findings.push(...findingsOf(agent), ...checkFiles(agent));
  const valid: ValidSession[] = [];
  const common = resolve(sessionSettings, [
    ...files.map(({ top }) => top),
    ...outer,
  ]);
  const sessions = wanted.map((name) => {
    const layers = files.flatMap(({ top, sections }) => [
      top,
      sections.get(name)?.layer ?? {},
    ]);
    const resolved = resolve(sessionSettings, [...layers, ...outer], common);
    const protocol = protocolFor(resolved.origins);
    const home = files.map(({ sections }) => sections.get(name)?.home)
      .findLast((home) => home !== undefined);
    const wrong = [
      ...findingsOf(resolved),
      ...purpose === "show" ? [] : checkPresence(resolved.origins, protocol, {
        incomplete,
        ...home && { home },
      }),
      ..."settings" in resolved ? checkSession(resolved, purpose) : [],
    ];
    findings.push(...wrong);
    if (wrong.length === 0 && incomplete.size === 0 && "settings" in resolved) {
      const gateway = resolved.settings.target ?? resolved.settings.gateway;
      const values = resolved.settings as unknown as Record<string, unknown>;
      const { identity } = protocol;
      const isNamed = identity === null ||
        (values[identity.value] ?? values[identity.file]) !== null;
      // Where something can't be read, it is not told that it is missing.
      if (gateway !== null && isNamed) {
        const { host, port } = gateway;
        valid.push({
          ...resolved.settings,
          name,
          protocol,
          values,
          gateway: { host, port },
        });
      }
    }
    return { name, resolved };
  });
  const mistakes = names.filter((name) => !known.has(name))
    .map((name) => noSession(name, [...known]));
  return { sessions, valid, agent, mistakes, findings };
}

/** How a session is asked, also where something else in its settings can't be read. */
function protocolFor({ target }: Layer): Protocol {
  const [scheme = ""] = target?.text.toLowerCase().split("://") ?? [];
  return protocolOf(scheme) ?? protocols[0];
}

function findingsOf(resolved: Resolved<unknown>): readonly Finding[] {
  return "findings" in resolved ? resolved.findings : [];
}

/** What a file says, as layers. */
interface FileLayers {
  readonly top: Layer;
  readonly sections: ReadonlyMap<string, { layer: Layer; home: Origin }>;
  readonly findings: readonly Finding[];
}

function readLayers({ file, sections }: Source): FileLayers {
  const findings: Finding[] = [];
  const layerOf = (section: Section): Layer => {
    const layer: Record<string, Layer[string]> = {};
    for (const { key, text, at, line, column } of section.entries) {
      const found = settingOf(key, section.name !== null);
      if (found.setting !== undefined) {
        const origin = { type: "file" as const, file, ...at };
        layer[found.setting] = { text, origin };
      } else {
        const origin = { type: "file" as const, file, line, column };
        findings.push({ origin, message: found.message });
      }
    }
    return layer;
  };
  const [top, ...rest] = sections.map((section) => ({
    name: section.name ?? "",
    layer: layerOf(section),
    home: {
      type: "file" as const,
      file,
      line: section.line,
      column: section.column,
    },
  }));
  const named = new Map(rest.map(({ name, ...section }) => [name, section]));
  return { top: top?.layer ?? {}, sections: named, findings };
}

const settingOfKey = new Map(
  Object.keys({ ...sessionSettings, ...agentSettings })
    .map((setting) => [keyOf(setting), setting]),
);

/** The setting that a key in a file means, or why it means none. */
function settingOf(
  key: string,
  inSection: boolean,
): { setting: string } | { setting?: undefined; message: string } {
  const setting = settingOfKey.get(key);
  if (setting === undefined) {
    const message = `Cannot set ${quote(key)}: unknown setting${
      didYouMean(key, [...settingOfKey.keys()])
    }`;
    return { message };
  }
  if (inSection && setting in agentSettings) {
    const message =
      `Cannot set ${key} for one session: expected a line before the first [section]`;
    return { message };
  }
  return { setting };
}

function noSession(name: string, known: readonly string[]): Mistake {
  const some = known.length > 10
    ? `${known.slice(0, 10).join(", ")} …`
    : known.join(" or ");
  const hint = /[.:]/.test(name)
    ? `; did you mean --gateway ${show(name)}?`
    : didYouMean(name, known);
  const message = `lifesign: Cannot find a session ${
    quote(name)
  }: expected ${some}${hint}`;
  return { kind: "usage", message };
}
