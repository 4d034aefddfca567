/**
 * `lifesign version`: which lifesign this is.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { type Command, refuse, refuseOperands } from "./invocation.ts";

/** The version, as deno.json has it. */
export const version: string = config.version;

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
