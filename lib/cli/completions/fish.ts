/**
 * Completion in fish.
 *
 * @module
 */
import type { Flag } from "../flags.ts";
import type { Command } from "../invocation.ts";
import { firstWords, isFile, namesOf, offeredFlags } from "./offers.ts";

/** A script that completes command lines in fish. */
export function fishScript(commands: readonly Command[]): string {
  return `# Completes the command lines of lifesign in fish.

# Whether the command is still to come.
function __lifesign_is_bare
    test (count (commandline -opc)) -eq 1
end

# Whether a command is there, and none of the words that may follow it.
function __lifesign_has
    set -l words (commandline -opc)
    contains -- "$words[2]" (string split , -- $argv[1]); or return
    for word in $argv[2..]
        contains -- $word $words[3..]; and return 1
    end
    return 0
end

complete -c lifesign -f
${
    firstWords(commands).map(({ word, help }) =>
      complete("__lifesign_is_bare", nameOf(word), help)
    ).join("\n")
  }
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines(command: Command): string[] {
  const has = `__lifesign_has ${namesOf(command).join(",")}`;
  const lines = offeredFlags(command).map((flag) =>
    complete(has, [...flag.names.flatMap(nameOf), ...valueOf(flag)], flag.help)
  );
  const words = command.operandWords?.join(" ");
  return words === undefined
    ? lines
    : [...lines, complete(`${has} ${words}`, ["-a", quote(words)])];
}

function complete(
  condition: string,
  what: readonly string[],
  help?: string,
): string {
  return [
    "complete -c lifesign -n",
    quote(condition),
    ...what,
    ...help === undefined ? [] : ["-d", quote(help)],
  ].join(" ");
}

function nameOf(word: string): string[] {
  if (word.startsWith("--")) return ["-l", word.slice(2)];
  if (word.startsWith("-")) return ["-s", word.slice(1)];
  return ["-a", word];
}

function valueOf(flag: Flag): string[] {
  if (flag.value === undefined) return [];
  if (flag.words !== undefined) {
    return ["-x", "-a", quote(flag.words.join(" "))];
  }
  return isFile(flag) ? ["-r", "-F"] : ["-x"];
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
