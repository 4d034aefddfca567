/**
 * `lifesign exit-codes`: the table of exit codes.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { type ExitCodeRow, exitCodes } from "../exit_code.ts";
import type { Arguments } from "./arguments.ts";
import {
  type Command,
  jsonSwitch,
  refuse,
  refuseOperands,
} from "./invocation.ts";

const shellSwitch = {
  flag: "--sh",
  help: "lines like LIFESIGN_EXIT_DEAD=10, for eval",
};

/** Prints the table. */
export const exitCodesCommand: Command = {
  name: "exit-codes",
  summary: "what the exit codes mean",
  settings: {},
  switches: [jsonSwitch, shellSwitch],
  // deno-lint-ignore require-await -- a command is asynchronous
  async run(args, { terminal }) {
    refuse([...args.mistakes, ...refuseOperands(args), ...rivals(args)]);
    const rows: readonly ExitCodeRow[] = exitCodes;
    if (args.switches.has(jsonSwitch.flag)) {
      const table = rows.map((row) => ({
        code: row.code,
        name: row.name ?? null,
        means: plain(row.means),
        from: plain(row.from),
      }));
      terminal.write(`${JSON.stringify(table)}\n`);
    } else if (args.switches.has(shellSwitch.flag)) {
      for (const { code, name } of rows) {
        if (name) terminal.write(`LIFESIGN_EXIT_${name}=${code}\n`);
      }
    } else {
      for (const { code, name, means, from } of rows) {
        const start = `${code}`.padStart(3) + `  ${(name ?? "").padEnd(10)}`;
        terminal.write(`${start}  ${plain(means)} (${plain(from)})\n`);
      }
    }
    return 0;
  },
};

/** Only one format can be printed. */
function rivals({ switches }: Arguments): Mistake[] {
  const names = [jsonSwitch.flag, shellSwitch.flag];
  if (!names.every((name) => switches.has(name))) return [];
  const message = `${shellSwitch.flag}: Cannot choose between ${
    names.join(" and ")
  }: one of them is wanted`;
  return [{ kind: "config", message }];
}

/** Text without the marks of Markdown. */
function plain(markdown: string): string {
  return markdown.replace(/[*`]/g, "");
}
