/**
 * Completion in zsh.
 *
 * @module
 */
import { inShell } from "../../config/trust.ts";
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

/** A script that completes command lines in zsh, as a function in `fpath` or when it is sourced. */
export function zshScript(commands: readonly Command[]): string {
  const words = firstWords(commands).map(({ word, help }) =>
    `${word}:${help.replace(/[\\:]/g, "\\$&")}`
  );
  const isFlag = (word: string) => word.startsWith("-");
  const flags = words.filter(isFlag);
  const names = words.filter((word) => !isFlag(word));
  return `#compdef lifesign
# Completes the command lines of lifesign in zsh.

_lifesign_sessions() {
  local config=\${(Q)opt_args[-c]:-\${(Q)opt_args[--config]:-\${LIFESIGN_CONFIG-}}}
  local -a files=(\${config/#\\~\\//$HOME/}) names
  [[ -n $config ]] ||
    files=(${systemFile} \${XDG_CONFIG_HOME:-$HOME/.config}/lifesign.conf)
  names=(\${(f)"$(sed -n 's/${sessionPattern}/\\1/p' $files 2>/dev/null)"})
  compadd -a names
}

_lifesign_interfaces() {
  local -a names=(${interfaceFolder}/*(N:t))
  compadd -a names
}

_lifesign() {
  local -A opt_args
  local curcontext=$curcontext
  if (( CURRENT == 2 )); then
    local -a commands=(
${lines(names.map(inShell), 6)}
    ) flags=(
${lines(flags.map(inShell), 6)}
    )
    _describe -t commands command commands
    if [[ $PREFIX == -* ]]; then
      _describe -o -t options flag flags
    fi
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  curcontext=\${curcontext%:*}-$command:
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _lifesign ]]; then
  _lifesign "$@"
else
  compdef _lifesign lifesign
fi
`;
}

function commandCase(command: Command): string {
  const { name, operands = "", operandWords } = command;
  const flags = offeredFlags(command);
  const specs = flags.flatMap((flag) => flagSpecs(flag, flags));
  if (operandWords !== undefined) {
    specs.push(`1:${escape(name)}:(${operandWords.join(" ")})`);
  }
  const [, repeated] = /\[([A-Z|]+)…\]/.exec(operands) ?? [];
  if (repeated !== undefined) {
    const action = takesSessions(command) ? "_lifesign_sessions" : " ";
    specs.push(`*:${repeated}:${action}`);
  }
  return [
    `  ${namesOf(command).join("|")})`,
    "    _arguments -s -S : \\",
    `${lines(specs.map(inShell), 6, " \\")}`,
    "    ;;",
  ].join("\n");
}

/** A flag for _arguments: what it excludes, its name, its help, its value. */
function flagSpecs(flag: Flag, flags: readonly Flag[]): string[] {
  const { names, setting, value, isRepeatable } = flag;
  const rivals = flags.filter((other) =>
    other === flag || setting !== undefined && other.setting === setting
  ).flatMap(({ names }) => names);
  const before = isRepeatable ? "*" : `(${rivals.join(" ")})`;
  return names.map((name) => {
    const joint = value === undefined ? "" : name.startsWith("--") ? "=" : "+";
    const after = value === undefined
      ? ""
      : `:${escape(value)}:${action(flag)}`;
    return `${before}${name}${joint}[${escape(flag.help)}]${after}`;
  });
}

function action(flag: Flag): string {
  if (flag.words !== undefined) return `(${flag.words.join(" ")})`;
  if (isInterface(flag)) return "_lifesign_interfaces";
  return isFile(flag) ? "_files" : " ";
}

function escape(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function lines(texts: readonly string[], margin: number, joint = ""): string {
  return texts.map((text) => " ".repeat(margin) + text).join(`${joint}\n`);
}
