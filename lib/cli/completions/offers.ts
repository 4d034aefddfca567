/**
 * What shells offer for a command line of lifesign.
 *
 * @module
 */
import { type Flag, flagsOf, switchFlag } from "../flags.ts";
import { type Command, helpSwitch } from "../invocation.ts";

/** A command's name, and the flags that may stand in its place. */
export function namesOf({ name, aliases = [] }: Command): string[] {
  return [name, ...aliases];
}

/** The words with which a command line may begin, and what each does. */
export function firstWords(
  commands: readonly Command[],
): { readonly word: string; readonly help: string }[] {
  return commands.flatMap(({ name, aliases = [], isUnlisted, summary }) =>
    [...isUnlisted ? [] : [name], ...aliases]
      .map((word) => ({ word, help: summary }))
  );
}

/** The flags that may follow a command. */
export function offeredFlags(command: Command): Flag[] {
  const help = { ...helpSwitch, help: "what it does, and its flags" };
  return [...flagsOf(command), switchFlag(help)];
}

/** Whether the names of sessions may follow a command. */
export function takesSessions({ operands = "" }: Command): boolean {
  return operands.includes("SESSION…]");
}

/** A regular expression of sed that finds a session's name in a line of a configuration file, as its first group. */
export const sessionPattern: string = String
  .raw`^[[:blank:]]*\[\([[:alnum:]_.@-]*\)\].*`;

/** Where the kernel lists the network interfaces. */
export const interfaceFolder: string = "/sys/class/net";

/** Whether the value of a flag may be a network interface. */
export function isInterface({ setting }: Flag): boolean {
  return setting === "bind";
}

/** Whether the value of a flag is a file, or a command that may begin with one. */
export function isFile({ value }: Flag): boolean {
  return value === "FILE" || value === "CMD";
}
