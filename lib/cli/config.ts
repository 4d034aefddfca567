/**
 * `lifesign config`: every setting, its value, and where that comes from.
 *
 * @module
 */
import type { Layer } from "../config/layers.ts";
import { load, type Loaded } from "../config/load.ts";
import { formatOrigin, type Origin } from "../config/origin.ts";
import { mask, show } from "../config/quote.ts";
import {
  agentSettings,
  fileSettings,
  flagOf,
  keyOf,
  sessionSettings,
} from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { wrap } from "./help.ts";
import {
  type Command,
  exclude,
  jsonSwitch,
  quietSwitch,
  refuseOperands,
  requestOf,
} from "./invocation.ts";
import { openSessions } from "../run/sessions.ts";
import { plural } from "../words.ts";
import type { Setting, SettingsTable } from "../setting.ts";

const checkSwitch = {
  flag: "--check",
  help: "print only mistakes; exit with 0 without any, else 66 or 78",
};

const exampleSwitch = {
  flag: "--example",
  help: "a file with every setting, commented",
};

const revealSwitch = { flag: "--reveal", help: "UIDs in full" };

/** Shows, checks and explains settings. */
export const config: Command = {
  name: "config",
  operands: "[SESSION…]",
  isOutputResult: true,
  summary: "every setting, its value, and where the value came from",
  settings: { ...sessionSettings, ...agentSettings, ...fileSettings },
  switches: [
    checkSwitch,
    exampleSwitch,
    revealSwitch,
    jsonSwitch,
    quietSwitch,
  ],
  async run(args, world) {
    const { terminal } = world;
    const forms = [checkSwitch.flag, exampleSwitch.flag, jsonSwitch.flag];
    const rivals = [
      ...exclude(args, forms),
      ...exclude(args, [checkSwitch.flag, revealSwitch.flag]),
    ];
    const isQuiet = args.switches.has(quietSwitch.flag);
    if (args.switches.has(exampleSwitch.flag)) {
      refuse([
        ...args.mistakes,
        ...rivals,
        ...refuseOperands(args),
        ...refuseSettings(args),
      ]);
      terminal.write(example());
      return 0;
    }
    if (args.switches.has(checkSwitch.flag)) {
      const count = await check({
        ...args,
        mistakes: [...args.mistakes, ...rivals],
      }, world);
      if (!isQuiet) {
        terminal.write(
          `${plural(count, "session", "sessions")}, nothing wrong\n`,
        );
      }
      return 0;
    }
    const loaded = await load(requestOf(args, "show"), world);
    world.revokeRun();
    const mistakes = [...args.mistakes, ...rivals, ...loaded.mistakes];
    if (mistakes.length > 0) throw new LifesignError(mistakes);
    warn(loaded.warnings, world);
    if (isQuiet) return 0;
    const reveal = args.switches.has(revealSwitch.flag);
    terminal.write(
      args.switches.has(jsonSwitch.flag)
        ? `${JSON.stringify(jsonOf(loaded, reveal))}\n`
        : textOf(loaded, reveal),
    );
    return 0;
  },
};

/** An example is the same whatever is set. */
function refuseSettings({ layer }: Arguments): Mistake[] {
  return Object.keys(layer).map((setting) => ({
    kind: "usage",
    message: `${
      flagOf(setting)
    }: Cannot be set in an example: expected ${exampleSwitch.flag} alone`,
  }));
}

/** Returns how many sessions there are; rejects if anything is wrong. */
async function check(args: Arguments, world: World): Promise<number> {
  const loaded = await load(requestOf(args, "run"), world);
  world.revokeRun();
  const sessions = await openSessions(loaded, world, {
    mistakes: args.mistakes,
    warn: (message) => warn([message], world),
    leavePipes: true,
  });
  return Math.max(sessions.length, loaded.valid.length);
}

function warn(messages: readonly string[], { terminal }: World): void {
  for (const message of messages) terminal.writeError(`lifesign: ${message}\n`);
}

/** A setting as it is shown. */
interface Row {
  readonly key: string;
  /** As it was written; `null` if it is not set. */
  readonly text: string | null;
  /** What programs get besides that, such as `value_ms`; nothing if it is no quantity. */
  readonly quantity: Readonly<Record<string, number>>;
  readonly origin: Origin;
}

function rowsOf<T>(
  table: SettingsTable<T>,
  origins: Layer,
  reveal: boolean,
): Row[] {
  return Object.entries<Setting<unknown>>(table).map(([setting, row]) => {
    const { text, origin } = origins[setting] ??
      { text: row.default, origin: { type: "default" as const } };
    const shown = row.secret && !reveal && text !== null ? mask(text) : text;
    const quantity = row.unit !== undefined && text !== null
      ? { [`value_${row.unit}`]: row.parse(text) as number }
      : {};
    return { key: keyOf(setting), text: shown, quantity, origin };
  });
}

function textOf({ agent, sessions }: Loaded, reveal: boolean): string {
  const groups = [
    ...sessions.map(({ name, resolved }) => ({
      title: `[${name}]`,
      rows: rowsOf(sessionSettings, resolved.origins, reveal),
    })),
    { title: "", rows: rowsOf(agentSettings, agent.origins, reveal) },
  ];
  const keys = groups[0]?.rows.map(({ key }) => key.length) ?? [];
  const widths = [Math.max(...keys), 24];
  return groups.map(({ title, rows }) =>
    [
      ...title === "" ? [] : [title],
      ...rows.map(({ key, text, origin }) =>
        [
          key.padEnd(widths[0]!),
          (text === null ? "none" : show(text)).padEnd(widths[1]!),
          formatOrigin(origin),
        ].join("  ")
      ),
    ].map((line) => `${line}\n`).join("")
  ).join("\n");
}

function jsonOf({ agent, sessions }: Loaded, reveal: boolean): object {
  const objectOf = (rows: Row[]) =>
    Object.fromEntries(
      rows.map(({ key, text, quantity, origin }) => [
        key,
        { value: text, ...quantity, origin },
      ]),
    );
  return {
    settings: objectOf(rowsOf(agentSettings, agent.origins, reveal)),
    sessions: sessions.map(({ name, resolved }) => ({
      session: name,
      settings: objectOf(rowsOf(sessionSettings, resolved.origins, reveal)),
    })),
  };
}

function example(): string {
  const lines = (table: object) =>
    Object.entries(table as SettingsTable<Record<string, unknown>>)
      .map(([setting, { help, value, default: standard }]) =>
        [
          ...wrap(help, 77).map((line) => `# ${line}`),
          `#${keyOf(setting)} = ${standard ?? value}`,
        ].join("\n")
      );
  return `${
    [
      "# What all sessions share; remove the # in front of a setting to change it.",
      ...lines(agentSettings),
      ...lines(sessionSettings),
      "# A session of its own: what stands below its name is for it alone. Without\n" +
      "# any there is one session, called default.\n#[dorm]\n#uid_file = /run/dorm.uid",
    ].join("\n\n")
  }\n`;
}
