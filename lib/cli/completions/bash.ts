/**
 * Completion in bash.
 *
 * @module
 */
import { inShell } from "../../config/trust.ts";
import type { Flag } from "../flags.ts";
import { type Command, listed } from "../invocation.ts";
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

/** A script that completes command lines in bash, with the package bash-completion and without it. */
export function bashScript(commands: readonly Command[]): string {
  return `# shellcheck shell=bash
# Completes the command lines of lifesign in bash.

# Sets what may follow a command.
_lifesign_command() {
  case $1 in
${commands.map(commandCase).join("\n")}
  esac
}

# Sets what may follow a flag of a command; fails if the flag takes no value.
_lifesign_value() {
  case $1 in
${commands.map(valueCase).filter(Boolean).join("\n")}
  *) return 1 ;;
  esac
}

# Prints the names of sessions in a configuration file, or in the usual ones.
_lifesign_sessions() {
  local paths=("\${1/#\\~\\//$HOME/}")
  [[ -n $1 ]] ||
    paths=(${systemFile} "\${XDG_CONFIG_HOME:-$HOME/.config}/lifesign.conf")
  sed -n 's/${sessionPattern}/\\1/p' "\${paths[@]}" 2>/dev/null
}

# Prints the names of network interfaces.
_lifesign_interfaces() {
  local path
  for path in ${interfaceFolder}/*; do
    [[ ! -e $path ]] || printf '%s\\n' "\${path##*/}"
  done
}

_lifesign() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command=\${COMP_WORDS[1]} at prefix='' only_operands='' files=''
  local sessions='' config=\${LIFESIGN_CONFIG-} next
  local flags=() operands=() words=() word
  COMPREPLY=()

  if ((COMP_CWORD == 1)); then
    words=(${list(firstWords(commands).map(({ word }) => word))})
    [[ $cur == -* ]] || words=(${
    list(listed(commands).map(({ name }) => name))
  })
  else
    _lifesign_command "$command"
    for ((at = 2; at < COMP_CWORD; at++)); do
      case \${COMP_WORDS[at]} in
      # It goes on with the word before: readline breaks words here.
      [=:]*) ((at++)) ;;
      --) only_operands=yes ;;
      -*)
        next=\${COMP_WORDS[at + 1]}
        [[ $next != = ]] || next=\${COMP_WORDS[at + 2]}
        case \${COMP_WORDS[at]} in
        -c | --config) config=$next ;;
        --config=*) config=\${COMP_WORDS[at]#*=} ;;
        esac
        if _lifesign_value "$command" "\${COMP_WORDS[at]}" &&
          [[ \${COMP_WORDS[at + 1]} != = ]]; then
          ((at++))
        fi
        ;;
      *) operands=() ;;
      esac
    done
    words=() files=''
    # The same with "=", which readline can also be told to leave alone.
    if [[ $cur == = ]]; then
      cur=''
    elif [[ $prev == = ]]; then
      prev=\${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
      prev=\${cur%%=*} prefix=\${cur%%=*}= cur=\${cur#*=}
    fi
    if [[ -z $only_operands ]] && _lifesign_value "$command" "$prev"; then
      :
    elif [[ -n $prefix || $prev == :* ]]; then
      return
    elif [[ -z $only_operands && $cur == -* ]]; then
      words=("\${flags[@]}")
    else
      words=("\${operands[@]}")
      if [[ -n $sessions && \${#operands[@]} == 0 ]]; then
        mapfile -t words < <(_lifesign_sessions "$config")
      fi
    fi
  fi

  if [[ -n $files && -z $prefix ]]; then
    # Readline knows best how to write the names of files.
    compopt -o default
  elif [[ -n $files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -P "$prefix" -f -- "$cur")
  fi
  for word in "\${words[@]}"; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word")
  done
}

complete -F _lifesign lifesign
`;
}

function commandCase(command: Command): string {
  const { operandWords = [] } = command;
  const flags = offeredFlags(command).flatMap(({ names }) => names);
  return [
    `  ${namesOf(command).join(" | ")})`,
    `    flags=(${list(flags)})`,
    ...operandWords.length > 0 ? [`    operands=(${list(operandWords)})`] : [],
    ...takesSessions(command) ? ["    sessions=yes"] : [],
    "    ;;",
  ].join("\n");
}

function valueCase(command: Command): string {
  const valued = offeredFlags(command).filter(({ value }) =>
    value !== undefined
  );
  if (valued.length === 0) return "";
  const rows = Map.groupBy(valued, action).entries()
    .map(([action, flags]) => {
      const names = flags.flatMap(({ names }) => names).join(" | ");
      return `    ${names}) ${action};;`;
    });
  return [
    `  ${namesOf(command).join(" | ")})`,
    "    case $2 in",
    ...rows,
    "    *) return 1 ;;",
    "    esac",
    "    ;;",
  ].join("\n");
}

function action(flag: Flag): string {
  if (flag.words !== undefined) return `words=(${list(flag.words)}) `;
  if (isInterface(flag)) return "mapfile -t words < <(_lifesign_interfaces) ";
  return isFile(flag) ? "files=yes " : "";
}

function list(words: readonly string[]): string {
  return words.map(inShell).join(" ");
}
