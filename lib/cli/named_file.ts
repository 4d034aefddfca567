/**
 * The file of a running agent that a command reads.
 *
 * @module
 */
import { load } from "../config/load.ts";
import { quote, show } from "../config/quote.ts";
import { didYouMean } from "../nearest.ts";
import { resolve } from "../config/layers.ts";
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
import { requestOf, usage } from "./invocation.ts";
import { exampleOf } from "../setting.ts";

/** A setting that names a file of a running agent. */
export type NamingSetting = "statusFile" | "historyFile";

const contents = { statusFile: "a status", historyFile: "a history" };

/** The path of the file that a flag, the environment or the configuration names. Throws a `LifesignError` with all mistakes, or if nothing names it. */
export async function namedFile(
  args: Arguments,
  world: Pick<World, "environment" | "files" | "streams">,
  setting: NamingSetting,
): Promise<string> {
  const given = args.layer[setting];
  if (given !== undefined && args.layer["config"] === undefined) {
    // No other setting matters, so none is read.
    const table = { [setting]: agentSettings[setting] };
    const resolved = resolve(table, [args.layer]);
    const findings = "findings" in resolved ? resolved.findings : [];
    refuse([...args.mistakes, ...mistakesOf(findings)]);
    return expandHome(given.text, world.environment.get);
  }
  const { path, mistakes, warnings } = await configuredFile(
    args,
    world,
    setting,
  );
  refuse([...args.mistakes, ...mistakes]);
  if (path !== null) return path;
  const flag = flagOf(setting);
  const message = `lifesign: Cannot find ${
    contents[setting]
  }: no file is named, expected ${flag}, ${variableOf(setting)} or a line "${
    keyOf(setting)
  } = FILE", e.g. ${flag} ${exampleOf(agentSettings[setting])}`;
  // They may say why it is missing.
  throw new LifesignError(
    [message, ...warnings].map((message) => ({ kind: "config", message })),
  );
}

/** The path of the file in the settings, `null` if they name none, what is wrong with them, and warnings. */
export async function configuredFile(
  args: Arguments,
  world: Pick<World, "environment" | "files" | "streams">,
  setting: NamingSetting,
): Promise<
  {
    path: string | null;
    mistakes: readonly Mistake[];
    warnings: readonly string[];
  }
> {
  // The operands name sessions in the file that is looked for, not in the configuration.
  const request = { ...requestOf(args, "show"), names: [] };
  const { agent, mistakes, warnings } = await load(request, world);
  const path = "settings" in agent ? agent.settings[setting] : null;
  return { path, mistakes, warnings };
}

/** Throws a `LifesignError` if a name is not among the known ones; `where` says what those are. */
export function refuseUnknown(
  names: readonly string[],
  known: readonly string[],
  where: string,
): void {
  const [first] = known;
  const example = first === undefined ? "" : `, e.g. ${show(first)}`;
  refuse(
    names.filter((name) => !known.includes(name)).map((name) =>
      usage(
        `Cannot find a session ${
          quote(name)
        }: expected one that ${where}${example}${didYouMean(name, known)}`,
      )
    ),
  );
}
