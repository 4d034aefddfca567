/**
 * `lifesign completions`: scripts that make shells complete command lines.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import { quote } from "../config/quote.ts";
import { alternatives } from "../parsers.ts";
import { type Mistake, refuse } from "../errors.ts";
import { bashScript } from "./completions/bash.ts";
import { fishScript } from "./completions/fish.ts";
import { zshScript } from "./completions/zsh.ts";
import { type Command, usage } from "./invocation.ts";

const scripts: Readonly<
  Record<string, (commands: readonly Command[]) => string>
> = { bash: bashScript, zsh: zshScript, fish: fishScript };

const shells = Object.keys(scripts);

/** Makes the command that prints a script for a shell, which completes all commands. */
export function createCompletions(commands: () => readonly Command[]): Command {
  return {
    name: "completions",
    operands: shells.join("|"),
    operandWords: shells,
    isOutputResult: true,
    summary: "print a script that completes commands: bash, zsh or fish",
    details: `Where each shell finds it:

  bash  ~/.local/share/bash-completion/completions/lifesign, if the
        package bash-completion is there; or a line in ~/.bashrc:
        eval "$(lifesign completions bash)"
  zsh   a file _lifesign in a folder of fpath; or a line in ~/.zshrc,
        after compinit: eval "$(lifesign completions zsh)"
  fish  ~/.config/fish/completions/lifesign.fish`,
    settings: {},
    switches: [],
    // deno-lint-ignore require-await -- a command is asynchronous
    async run({ operands: [shell, ...more], mistakes }, { terminal }) {
      const script = shell !== undefined && Object.hasOwn(scripts, shell)
        ? scripts[shell]
        : undefined;
      refuse([
        ...mistakes,
        ...script === undefined ? [noShell(shell)] : [],
        ...more.map((word) =>
          usage(`Cannot use ${quote(word)}, too: expected only one shell`)
        ),
      ]);
      terminal.write(script!(commands()));
      return 0;
    },
  };
}

function noShell(name: string | undefined): Mistake {
  const expected = `expected ${alternatives(shells)}`;
  const message = name === undefined
    ? `Cannot guess the shell: ${expected}, e.g. "lifesign completions bash"`
    : `Cannot complete in ${quote(name)}: ${expected}${
      didYouMean(name, shells)
    }`;
  return usage(message);
}
