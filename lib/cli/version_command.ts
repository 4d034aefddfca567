/**
 * `lifesign version`: which lifesign this is.
 *
 * @module
 */
import { version } from "../version.ts";
import { type Command, refuseOperands } from "./invocation.ts";
import { refuse } from "../errors.ts";

/** Prints the version in a line of its own, and below it which build this is, and of what. */
export const versionCommand: Command = {
  name: "version",
  aliases: ["-V", "--version"],
  isUnlisted: true,
  isOutputResult: true,
  summary: "which lifesign this is",
  settings: {},
  switches: [],
  async run(args, { terminal, streams, build }) {
    refuse([...args.mistakes, ...refuseOperands(args)]);
    const { target, parts } = await build();
    const kind = target.includes("-musl") ? "static" : "glibc";
    terminal.write(
      `lifesign ${version}
Build: ${kind}, ${target}, ${streams.hasTls ? "TLS" : "no TLS"}
Made of: ${parts.join(", ")}
License: MIT; all texts are in LICENSES in the archive or the package
`,
    );
    return 0;
  },
};
