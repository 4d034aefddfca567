/**
 * `lifesign report`: the history as a page, a picture or figures.
 *
 * @module
 */
import { resolve } from "../config/layers.ts";
import { mistakesOf } from "../config/origin.ts";
import { duration, fileName, type Parser, parser } from "../parsers.ts";
import { agentSettings, fileSettings } from "../config/settings.ts";
import { expandHome } from "../config/sources.ts";
import { nameOf } from "../config/trust.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { jsonOf } from "../report/json.ts";
import { pageOf } from "../report/page.ts";
import { pictureOf } from "../report/picture.ts";
import {
  type History,
  type HistoryOptions,
  readHistory,
} from "../report/records.ts";
import { reportOf } from "../report/report.ts";
import { isFault, type World } from "../world.ts";
import type { Arguments, Switch } from "./arguments.ts";
import { type Command, exclude, jsonSwitch, usage } from "./invocation.ts";
import { configuredFile, namedFile, refuseUnknown } from "./named_file.ts";
import { readTrusted, understood } from "../run/trusted_file.ts";
import { plural } from "../words.ts";
import { presentOf } from "../run/read_status.ts";
import type { SettingsTable } from "../setting.ts";

/** The length of the longest file of a history, in bytes. */
const longest = 512 * 1024 * 1024;

/** How many rotated files a history has at most. */
const mostBackups = 100;

/** Computes from now where a report begins, both as wall-clock times in ms. */
type Since = (now: number) => number;

const ownSettings: SettingsTable<{
  since: Since | null;
  output: string | null;
}> = {
  since: {
    value: "TIME",
    parse: parser(
      "a duration or a time",
      ["24h", "2026-11-21", "2026-11-21T14:00:00+01:00"],
      readSince,
    ),
    default: null,
    help: "how long to look back, e.g. 24h, or since when, e.g. 2026-11-21",
  },
  output: {
    value: "FILE",
    short: "-o",
    parse: fileName,
    default: null,
    example: "report.html",
    help: "the file to write, which others can't read; - is stdout",
  },
};

const svgSwitch: Switch = {
  flag: "--svg",
  help: "the timeline alone, as a picture",
};

/** Reports the history. */
export const report: Command = {
  name: "report",
  operands: "[FILE] [SESSION…]",
  isOutputResult: true,
  summary: "the history as a page, a picture or figures",
  details:
    `FILE is a history, as --history-file names one: a word with a "/", or the
name of a file that is here. The page is one HTML file that needs nothing
else, to be read or printed. Neither it nor the picture is printed on a
terminal: \`lifesign report -o report.html\` makes a file.
Rotated files (FILE.1, FILE.2 …) are read, too. Damaged lines are left out, and
counted. Times and days are those of this machine's time zone; in JSON, times
are in UTC. Times from before the clock was set are shown by the new clock. A
round trip counts only where it is known which try was answered.`,
  settings: {
    historyFile: {
      ...agentSettings.historyFile,
      help: "the history file that run writes",
    },
    ...ownSettings,
    ...fileSettings,
  },
  switches: [{ ...jsonSwitch, help: "the figures" }, svgSwitch],
  async run(given, world) {
    const { clock, terminal } = world;
    // To date the lines, this starts the last process.
    clock.bootId();
    world.revokeRun();
    const args = await withFile(given, world);
    const isJson = args.switches.has(jsonSwitch.flag);
    const isSvg = args.switches.has(svgSwitch.flag);
    const resolved = resolve(ownSettings, [args.layer]);
    const findings = "findings" in resolved ? resolved.findings : [];
    const { since = null, output = null } = "settings" in resolved
      ? resolved.settings
      : {};
    const isShown = terminal.isTerminal &&
      ["-", undefined].includes(args.layer["output"]?.text);
    const mistakes = [
      ...args.mistakes,
      ...mistakesOf(findings),
      ...exclude(args, [jsonSwitch.flag, svgSwitch.flag]),
      ...!isJson && isShown ? [needsFile(isSvg)] : [],
    ];
    const path = await namedFile({ ...args, mistakes }, world, "historyFile");
    const present = await presentOf(world);
    const now = present.wall;
    const from = since?.(now) ?? null;
    const history = await read(
      path,
      { since: from, names: args.operands, present },
      world,
    );
    const report = reportOf(history, { since: from, now, zone: clock.zone });
    if (report.damagedLines > 0) {
      terminal.writeError(
        `${nameOf(path)}: ${
          plural(report.damagedLines, "line is", "lines are")
        } damaged and left out\n`,
      );
    }
    const text = isJson
      ? `${JSON.stringify(jsonOf(report))}\n`
      : (isSvg ? pictureOf : pageOf)(report);
    if (output === null || output === "-") terminal.write(text);
    else await write(output, text, world);
    return 0;
  },
};

/** Takes the first operand for the history, if that is what it is. */
async function withFile(
  args: Arguments,
  world: Pick<World, "environment" | "files" | "streams">,
): Promise<Arguments> {
  const { files } = world;
  const [first, ...names] = args.operands;
  if (first === undefined || args.layer["historyFile"] !== undefined) {
    return args;
  }
  const isPath = first.includes("/") ||
    !isFault(await files.read(first, { longest, pipes: false }));
  if (!isPath && await isConfigured(args, world)) return args;
  const historyFile = { text: first, origin: { type: "operand" } } as const;
  return { ...args, layer: { ...args.layer, historyFile }, operands: names };
}

/** Whether the settings name a history, or are wrong, which is said later. */
async function isConfigured(
  args: Arguments,
  world: Pick<World, "environment" | "files" | "streams">,
): Promise<boolean> {
  const found = await configuredFile(args, world, "historyFile");
  return found.path !== null || found.mistakes.length > 0;
}

/** Writes a report. Rejects with a `LifesignError` if that fails. */
async function write(
  output: string,
  text: string,
  { files, environment }: Pick<World, "environment" | "files" | "streams">,
): Promise<void> {
  const path = expandHome(output, environment.get);
  const options = { mode: 0o600, isDurable: false };
  const fault = await files.replace(path, text, options);
  if (fault === null) return;
  const message = `${nameOf(path)}: Cannot write the report: ${fault.message}`;
  throw new LifesignError([{ kind: "cantcreat", message }]);
}

function needsFile(isSvg: boolean): Mistake {
  const [what, file] = isSvg
    ? ["a picture", "--svg -o report.svg"]
    : ["a page", "-o report.html"];
  return usage(
    `Cannot show ${what} on a terminal: expected a file, e.g. \`lifesign report ${file}\``,
  );
}

/** Reads `24h`, a date, or a date and time. */
function readSince(text: string): Since | undefined {
  const [, date, time = "00:00", zone = ""] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i
      .exec(text) ?? [];
  if (date !== undefined) {
    const at = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
    return isDay(date) && !Number.isNaN(at) ? () => at : undefined;
  }
  try {
    const ms = anyDuration(text);
    return (now) => now - ms;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** Whether a day exists; `Date.parse` takes February 30 for a day in March. */
function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

const anyDuration: Parser<number> = duration(1);

/** Reads a history, its rotated files first. Rejects with a `LifesignError` if none is there, one can't be trusted, nothing in them is a history, or a session is in none. */
async function read(
  path: string,
  wanted: HistoryOptions,
  world: Pick<World, "files">,
): Promise<History> {
  const reader = readHistory(wanted);
  const backups = Array.from(
    { length: mostBackups },
    (_, k) => `${path}.${mostBackups - k}`,
  );
  let isThere = false;
  for (const part of [...backups, path]) {
    const isOptional = part !== path || isThere;
    const options = { what: "the history", longest, isOptional };
    const bytes = await readTrusted(part, world, options);
    if (bytes === null) continue;
    isThere = true;
    const complaint = `${nameOf(part)}: Cannot report the history`;
    understood(complaint, () => reader.read(bytes));
  }
  const history = reader.finish();
  if (reader.names.length === 0 && history.damagedLines > 0) {
    const message = `${
      nameOf(path)
    }: Cannot read the history: it has no sound line, expected a file that lifesign run --history-file writes`;
    throw new LifesignError([{ kind: "noinput", message }]);
  }
  refuseUnknown(wanted.names, reader.names, "is in the history");
  return history;
}
