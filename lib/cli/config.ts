/**
 * `lifesign config`: every setting, its value, and where that comes from.
 *
 * @module
 */
import type { Layer } from "../config/layers.ts";
import {
  load,
  type Loaded,
  type LoadedSession,
  streamDefaultsOf,
} from "../config/load.ts";
import { formatOrigin, type Origin } from "../config/origin.ts";
import { mask, quote, show } from "../config/quote.ts";
import {
  agentSettings,
  fileSettings,
  flagOf,
  keyOf,
  sessionSettings,
  sessionSettingsOf,
} from "../config/settings.ts";
import { type Mistake, refuse } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { World } from "../world.ts";
import type { Arguments, Switch } from "./arguments.ts";
import {
  type Command,
  exclude,
  jsonSwitch,
  quietSwitch,
  refuseOperands,
  requestOf,
  usage,
} from "./invocation.ts";
import { visible } from "../visible.ts";
import { wrap } from "./wrap.ts";
import { openSessions } from "../run/sessions.ts";
import { plural } from "../words.ts";
import { exampleOf, type Setting, type SettingsTable } from "../setting.ts";

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
  operands: "[TARGET|SESSION…]",
  isOutputResult: true,
  summary: "every setting, its value, and where the value came from",
  details:
    `"get KEY" prints the value of one setting alone, in a line for each session if
it is one of theirs. The line is empty where it is not set.`,
  settings: { ...sessionSettings, ...agentSettings, ...fileSettings },
  switches: [
    checkSwitch,
    exampleSwitch,
    revealSwitch,
    jsonSwitch,
    quietSwitch,
  ],
  async run(given, world) {
    const { terminal } = world;
    const has = ({ flag }: Switch) => given.switches.has(flag);
    const forms = [checkSwitch.flag, exampleSwitch.flag, jsonSwitch.flag];
    const mistakes = [
      ...given.mistakes,
      ...exclude(given, forms),
      ...exclude(given, [checkSwitch.flag, revealSwitch.flag]),
    ];
    const [first, key, ...names] = given.operands;
    const isOne = first === "get";
    const args = {
      ...given,
      operands: isOne ? names : given.operands,
      mistakes: [
        ...mistakes,
        ...isOne ? [...wrongKey(key), ...withGet(given)] : [],
      ],
    };
    if (has(exampleSwitch)) {
      refuse([
        ...args.mistakes,
        ...refuseOperands(args),
        ...refuseSettings(args),
      ]);
      terminal.write(example());
      return 0;
    }
    if (has(checkSwitch)) {
      const sessions = plural(await check(args, world), "session", "sessions");
      if (!has(quietSwitch)) terminal.write(`${sessions}, nothing wrong\n`);
      return 0;
    }
    const loaded = await load(requestOf(args, "show"), world);
    world.revokeRun();
    refuse([...args.mistakes, ...loaded.mistakes]);
    for (const warning of loaded.warnings) warn(warning, world);
    if (has(quietSwitch)) return 0;
    if (isOne) {
      terminal.write(valueOf(loaded, key!, has(revealSwitch)));
      return 0;
    }
    terminal.write(
      has(jsonSwitch)
        ? `${JSON.stringify(jsonOf(loaded, has(revealSwitch)))}\n`
        : textOf(loaded, has(revealSwitch)),
    );
    return 0;
  },
};

/** All settings by what they are called in files. */
const keys = Object.keys({ ...sessionSettings, ...agentSettings }).map(keyOf);

/** What is wrong with the key of a setting. */
function wrongKey(key: string | undefined): Mistake[] {
  if (key !== undefined && keys.includes(key)) return [];
  const message = key === undefined
    ? 'Cannot get a setting: none is named, e.g. "lifesign config get interval"'
    : `Cannot find a setting ${quote(key)}: "lifesign config" lists them${
      didYouMean(key, keys)
    }`;
  return [usage(message)];
}

/** Switches that a value alone has no use for. */
function withGet({ switches }: Arguments): Mistake[] {
  return [checkSwitch, exampleSwitch, jsonSwitch, quietSwitch]
    .filter(({ flag }) => switches.has(flag))
    .map(({ flag }) =>
      usage(`Cannot use ${flag} with get: expected the value alone`)
    );
}

/** The value of a setting, a line for each session if it is one of theirs. */
function valueOf(
  { agent, sessions }: Loaded,
  key: string,
  reveal: boolean,
): string {
  const tables = sessions.map((session) => rowsOfSession(session, reveal));
  return [...tables, rowsOf(agentSettings, agent.origins, reveal)]
    .flatMap((rows) => rows.filter((row) => row.key === key))
    .map(({ text }) => `${visible(text ?? "")}\n`)
    .join("");
}

/** An example depends on no setting. */
function refuseSettings({ layer }: Arguments): Mistake[] {
  return Object.keys(layer).map((setting) => ({
    kind: "usage",
    message: `${
      flagOf(setting)
    }: Cannot be set in an example: expected ${exampleSwitch.flag} alone`,
  }));
}

/** Resolves to the number of sessions. Rejects with a `LifesignError` if anything is wrong. */
async function check(args: Arguments, world: World): Promise<number> {
  const loaded = await load(requestOf(args, "run"), world);
  world.revokeRun();
  const sessions = await openSessions(loaded, world, {
    mistakes: args.mistakes,
    warn: (message) => warn(message, world),
    leavePipes: true,
    logsIn: true,
  });
  return Math.max(sessions.length, loaded.valid.length);
}

function warn(message: string, { terminal }: World): void {
  terminal.writeError(`lifesign: ${message}\n`);
}

/** A setting, as it is shown. */
interface Row {
  readonly key: string;
  /** As it was written; `null` if it is not set. */
  readonly text: string | null;
  /** Its value for programs, such as `value_ms`; empty if it is no quantity. */
  readonly quantity: Readonly<Record<string, number>>;
  readonly origin: Origin;
  /** Whether it is shown in full, whatever its length. */
  readonly isWhole: boolean;
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
    const isWhole = row.isVerbatim === true;
    return { key: keyOf(setting), text: shown, quantity, origin, isWhole };
  });
}

/** The settings of a session, with the defaults of its protocol. */
function rowsOfSession(
  { protocol, resolved }: LoadedSession,
  reveal: boolean,
): Row[] {
  const table = sessionSettingsOf(protocol);
  if (protocol.carrier === "datagram") {
    return rowsOf(table, resolved.origins, reveal);
  }
  const { deadOn, hold } = streamDefaultsOf(protocol);
  const whole = {
    ...table,
    deadOn: { ...table.deadOn, default: deadOn.join(",") || "none" },
    hold: { ...table.hold, default: `${hold}` },
  };
  return rowsOf(whole, resolved.origins, reveal);
}

function textOf({ agent, sessions }: Loaded, reveal: boolean): string {
  const groups = [
    ...sessions.map((session) => ({
      title: `[${session.name}]\n`,
      rows: rowsOfSession(session, reveal),
    })),
    { title: "", rows: rowsOf(agentSettings, agent.origins, reveal) },
  ];
  const keys = groups[0]?.rows.map(({ key }) => key.length) ?? [];
  const keyWidth = Math.max(...keys);
  return groups.map(({ title, rows }) => {
    const lines = rows.map(({ key, text, origin, isWhole }) => {
      const value = text === null
        ? "none"
        : isWhole
        ? visible(text)
        : show(text);
      const start = `${key.padEnd(keyWidth)}  ${value.padEnd(24)}`;
      return `${start}  ${formatOrigin(origin)}\n`;
    });
    return title + lines.join("");
  }).join("\n");
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
    sessions: sessions.map((session) => ({
      session: session.name,
      settings: objectOf(rowsOfSession(session, reveal)),
    })),
  };
}

function example(): string {
  const paragraphs = [agentSettings, sessionSettings].flatMap((table) =>
    Object.entries<Setting<unknown>>(table)
      .map(([setting, row]) => {
        const comment = wrap(row.help, 77).map((line) => `# ${line}\n`);
        const text = row.default ?? row.value ?? exampleOf(row);
        return `${comment.join("")}#${keyOf(setting)} = ${text}`;
      })
  );
  return `\
# What all sessions share; remove the # in front of a setting to change it.

${paragraphs.join("\n\n")}

# A session of its own: what stands below its name is for it alone. Without
# any there is one session, called default.
#[dorm]
#uid_file = /run/dorm.uid
`;
}
