/**
 * `lifesign version`: which lifesign this is.
 *
 * @module
 */
import { version } from "../version.ts";
import { type Command, refuseOperands } from "./invocation.ts";
import { refuse } from "../errors.ts";

/** Prints the version. */
export const versionCommand: Command = {
  name: "version",
  aliases: ["-V", "--version"],
  isUnlisted: true,
  isOutputResult: true,
  summary: "which lifesign this is",
  settings: {},
  switches: [],
  // deno-lint-ignore require-await -- a command is asynchronous
  async run(args, { terminal }) {
    refuse([...args.mistakes, ...refuseOperands(args)]);
    terminal.write(`lifesign ${version}\n`);
    return 0;
  },
};
