/**
 * `check --nagios`: what Nagios, Icinga, Sensu and monit expect of a plugin.
 *
 * @module
 */
import type { CycleResult } from "../finding.ts";
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import type { PluginCode } from "../exit_code.ts";
import { milliseconds } from "../words.ts";

/** What monitors call a class of verdicts, and its exit status. That is unknown which a fault hides. */
const plugin = {
  alive: { code: 0, word: "OK" },
  dead: { code: 2, word: "CRITICAL" },
  fault: { code: 3, word: "UNKNOWN" },
} as const satisfies Record<
  VerdictClass,
  { readonly code: PluginCode; readonly word: string }
>;

/** The exit status of a plugin for a verdict. */
export function pluginCode(verdict: Verdict): PluginCode {
  return plugin[classOf(verdict)].code;
}

/** What a plugin says of a verdict: a line for each session, and figures behind the first one. */
export function pluginText(
  verdict: Verdict,
  sessions: readonly {
    /** The session's name. */
    readonly name: string;
    /** What was found out, in a line. */
    readonly line: string;
    /** What the figures are made of. */
    readonly result: Pick<CycleResult, "answerTime" | "tries">;
  }[],
): string {
  const [first = "no session", ...others] = sessions.map(({ line }) =>
    plain(line)
  );
  const figures = sessions.flatMap(({ name, result }) => [
    `'${name} answer'=${time(result.answerTime)};;;0`,
    `'${name} tries'=${result.tries};;;0`,
  ]);
  const { word } = plugin[classOf(verdict)];
  const lines = [
    `LIFESIGN ${word} - ${first} | ${figures.join(" ")}`,
    ...others,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** What a plugin says where nothing could be asked. */
export function pluginMistake(messages: readonly string[]): string {
  return `LIFESIGN ${plugin.fault.word} - ${messages.map(plain).join("; ")}\n`;
}

function time(ms: number | null): string {
  return ms === null ? "U" : `${milliseconds(ms)}ms`;
}

/** A line without what would begin the figures. */
function plain(line: string): string {
  return line.replaceAll("|", "/");
}
