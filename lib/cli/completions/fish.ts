/**
 * Completion in fish.
 *
 * @module
 */
import type { Flag } from "../flags.ts";
import type { Command } from "../invocation.ts";
import { systemFile } from "../../config/sources.ts";
import {
  firstWords,
  interfaceFolder,
  isFile,
  isInterface,
  namesOf,
  offeredFlags,
  sessionPattern,
  takesSessions,
} from "./offers.ts";

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

# The names of sessions in the configuration file that is named, or in the usual ones.
function __lifesign_sessions
    set -l words (commandline -opc)
    set -l config $LIFESIGN_CONFIG
    for at in (seq (count $words))
        switch $words[$at]
            case -c --config
                set config $words[(math $at + 1)]
            case '--config=*'
                set config (string replace -- --config= '' $words[$at])
        end
    end
    set -l home $XDG_CONFIG_HOME $HOME/.config
    set -l files ${systemFile} $home[1]/lifesign.conf
    test -n "$config"; and set files (string replace -r '^~/' "$HOME/" -- $config)
    sed -n 's/${sessionPattern}/\\1/p' $files 2>/dev/null
end

# The names of network interfaces.
function __lifesign_interfaces
    for path in ${interfaceFolder}/*
        string replace -r '.*/' '' -- $path
    end
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
  if (words !== undefined) {
    lines.push(complete(`${has} ${words}`, ["-a", quote(words)]));
  }
  if (takesSessions(command)) {
    const isNext = words === undefined
      ? has
      : `${has}; and not ${has} ${words}`;
    lines.push(complete(isNext, ["-a", "'(__lifesign_sessions)'"]));
  }
  return lines;
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
  if (isInterface(flag)) return ["-x", "-a", "'(__lifesign_interfaces)'"];
  return isFile(flag) ? ["-r", "-F"] : ["-x"];
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
