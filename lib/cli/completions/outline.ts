/**
 * What a shell has to know of the command line.
 *
 * @module
 */
import { describeFlags, describeSwitch, type Flag } from "../flags.ts";
import { type Command, helpSwitch } from "../invocation.ts";

/** What may follow a command. */
export interface Outline {
  /** The command. */
  readonly name: string;
  /** Flags that may stand in its place. */
  readonly aliases: readonly string[];
  /** Whether only its aliases are to be offered. */
  readonly isUnlisted: boolean;
  /** One line for people. */
  readonly summary: string;
  /** Its flags, those that every command has included. */
  readonly flags: readonly Flag[];
  /** What the first operand may be; none if that is not known. */
  readonly operandWords: readonly string[];
  /** The name of the last operand, which may be repeated; absent if there is none. */
  readonly operand?: string;
}

/** What may follow each of some commands. */
export function outline(commands: readonly Command[]): Outline[] {
  return commands.map((command) => {
    const { name, aliases = [], summary, operandWords = [] } = command;
    const operand = /\[([A-Z]+)…\]/.exec(command.operands ?? "")?.[1];
    return {
      name,
      aliases,
      isUnlisted: command.isUnlisted ?? false,
      summary,
      flags: [
        ...describeFlags(command),
        describeSwitch({ ...helpSwitch, help: "what it does, and its flags" }),
      ],
      operandWords,
      ...operand === undefined ? {} : { operand },
    };
  });
}

/** The words with which a command line may begin. */
export function firstWords(
  outlines: readonly Outline[],
): { readonly word: string; readonly help: string }[] {
  return outlines.flatMap(({ name, aliases, isUnlisted, summary }) =>
    [...isUnlisted ? [] : [name], ...aliases]
      .map((word) => ({ word, help: summary }))
  );
}

/** Whether the value of a flag is a file, or a command that may begin with one. */
export function isFile({ value }: Flag): boolean {
  return value === "FILE" || value === "CMD";
}
