/**
 * `lifesign exit-codes`: the table of exit codes.
 *
 * @module
 */
import { type ExitCodeRow, exitCodes } from "../exit_code.ts";
import {
  type Command,
  exclude,
  jsonSwitch,
  refuseOperands,
} from "./invocation.ts";
import { refuse } from "../errors.ts";

const shellSwitch = {
  flag: "--sh",
  help: "lines like LIFESIGN_EXIT_DEAD=10, for eval",
};

const formats = [jsonSwitch.flag, shellSwitch.flag];

/** Prints the table. */
export const exitCodesCommand: Command = {
  name: "exit-codes",
  isOutputResult: true,
  summary: "what the exit codes mean",
  settings: {},
  switches: [jsonSwitch, shellSwitch],
  // deno-lint-ignore require-await -- a command is asynchronous
  async run(args, { terminal }) {
    refuse([
      ...args.mistakes,
      ...refuseOperands(args),
      ...exclude(args, formats),
    ]);
    const rows = plainExitCodes();
    if (args.switches.has(jsonSwitch.flag)) {
      const table = rows.map(({ code, name, means, from }) => ({
        code,
        name: name ?? null,
        means,
        from,
      }));
      terminal.write(`${JSON.stringify(table)}\n`);
    } else if (args.switches.has(shellSwitch.flag)) {
      for (const { code, name } of rows) {
        if (name) terminal.write(`LIFESIGN_EXIT_${name}=${code}\n`);
      }
    } else {
      for (const { code, name, means, from } of rows) {
        const start = `${code}`.padStart(3) + `  ${(name ?? "").padEnd(10)}`;
        terminal.write(`${start}  ${means} (${from})\n`);
      }
    }
    return 0;
  },
};

/** The table in plain text. Each row names the commands, even where the table says `same`. */
export function plainExitCodes(): ExitCodeRow[] {
  const table: readonly ExitCodeRow[] = exitCodes;
  return table.map((row, at) => {
    const last = table.slice(0, at + 1).findLast(({ from }) => from !== "same");
    const { from } = last ?? row;
    return { ...row, means: plain(row.means), from: plain(from) };
  });
}

/** Text without the marks of Markdown. */
function plain(markdown: string): string {
  return markdown.replace(/[*`]/g, "");
}
