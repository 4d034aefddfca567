/**
 * The file of a running agent that a command is about.
 *
 * @module
 */
import { load } from "../config/load.ts";
import { quote, show } from "../config/quote.ts";
import { didYouMean } from "../nearest.ts";
import { mistakesOf } from "../config/origin.ts";
import {
  agentSettings,
  flagOf,
  keyOf,
  variableOf,
} from "../config/settings.ts";
import { expandHome } from "../config/sources.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { readFlags, requestOf } from "./invocation.ts";
import { exampleOf, type SettingsTable } from "../setting.ts";

/** Which file to find. */
export interface NamedFileOptions {
  /** The command's flags, besides those for other settings. */
  readonly table: SettingsTable<unknown>;
  /** The setting that names it. */
  readonly setting: "statusFile" | "historyFile";
  /** What it holds, for messages. */
  readonly what: string;
}

/** Where the file is, as a flag, the environment or the configuration names it; throws a `LifesignError` with all mistakes if nothing does. */
export async function namedFile(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
  options: NamedFileOptions,
): Promise<string> {
  const { setting } = options;
  // Whoever names the file has no need of other settings.
  const isNamed = args.layer[setting] !== undefined &&
    args.layer["config"] === undefined;
  return isNamed
    ? expandHome(fromFlag(args, options), world.environment.get)
    : await fromSettings(args, world, options);
}

function fromFlag(
  args: Arguments,
  { table, setting }: NamedFileOptions,
): string {
  const resolved = readFlags(table, args);
  const findings = "findings" in resolved ? resolved.findings : [];
  refuse([...args.mistakes, ...mistakesOf(findings)]);
  return args.layer[setting]!.text;
}

async function fromSettings(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
  { setting, what }: NamedFileOptions,
): Promise<string> {
  const { path, mistakes } = await configuredFile(args, world, setting);
  refuse([...args.mistakes, ...mistakes]);
  if (path !== null) return path;
  const message = `Cannot find ${what}: no file is named, expected ${
    flagOf(setting)
  }, ${variableOf(setting)} or a line "${keyOf(setting)} = FILE", e.g. ${
    flagOf(setting)
  } ${exampleOf(agentSettings[setting])}`;
  throw new LifesignError([{
    kind: "config",
    message: `lifesign: ${message}`,
  }]);
}

/** Where the settings say that the file is, `null` for nowhere, and what is wrong with them. */
export async function configuredFile(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
  setting: NamedFileOptions["setting"],
): Promise<{ path: string | null; mistakes: readonly Mistake[] }> {
  // The names are those in the file.
  const request = { ...requestOf(args, "show"), names: [] };
  const { agent, mistakes } = await load(request, world);
  const path = "settings" in agent ? agent.settings[setting] : null;
  return { path, mistakes };
}

/** Throws a `LifesignError` if sessions are asked for that are not there; `where` says which ones are. */
export function refuseUnknown(
  names: readonly string[],
  known: readonly string[],
  where: string,
): void {
  const [first] = known;
  const example = first === undefined ? "" : `, e.g. ${show(first)}`;
  refuse(
    names.filter((name) => !known.includes(name)).map((name) => ({
      kind: "usage",
      message: `lifesign: Cannot find a session ${
        quote(name)
      }: expected one that ${where}${example}${didYouMean(name, known)}`,
    })),
  );
}
