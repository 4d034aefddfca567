import { assertEquals } from "@std/assert";
import {
  assertQuiet,
  inFolder,
  lifesign,
  listedCommands,
  listedFlags,
  missing,
  quote,
  run,
  sh,
  unless,
} from "../harness.ts";

/** What a shell completes the last word of each line with, in alphabetical order. */
type Complete = (
  lines: readonly string[],
  folder: string,
) => Promise<string[][]>;

/**
 * Has a shell on a terminal insert all that a word can be completed with, by
 * Ctrl-T, and write its line into a file and begin a new one, by Ctrl-O.
 */
function onTerminal(shell: string, settings: string): Complete {
  return async (lines, folder) => {
    const prelude = `cd ${quote(folder)}; OUT=${quote(`${folder}/lines`)}\n`;
    await Deno.writeTextFile(`${folder}/.zshrc`, prelude + settings);
    const typed = lines.map((line) => `${line}\x14\x0f`).join("");
    const { code, stdout } = await sh(
      `script -qec ${
        quote(shell.replace("FILE", quote(`${folder}/.zshrc`)))
      } /dev/null`,
      {
        env: { HOME: folder, ZDOTDIR: folder, TERM: "dumb" },
        stdin: `${typed}exit\n`,
      },
    );
    assertEquals(code, 0, stdout);
    const completed = (await Deno.readTextFile(`${folder}/lines`)).split("\n");
    await Deno.remove(`${folder}/lines`);
    return lines.map((line, at) => {
      if (completed[at] === line) return [];
      const known = line.replace(/[^ =]*$/, "");
      return wordsOf(completed[at]!.slice(known.length).split(" "));
    });
  };
}

function wordsOf(words: readonly string[]): string[] {
  return words.filter((word) => word !== "")
    .map((word) => word.replace(/^--[\w-]+=(?=.)/, "").replace(/=$/, ""))
    .toSorted();
}

const inBash = `
PS1=
eval "$(${quote(lifesign)} completions bash)"
bind 'set enable-bracketed-paste off'
bind '"\\C-t": insert-completions'
dump() { printf '%s\\n' "$READLINE_LINE" >>"$OUT"; READLINE_LINE=; }
bind -x '"\\C-o": dump'
`;

const inZsh = `
autoload -Uz compinit && compinit -u -D
eval "$(${quote(lifesign)} completions zsh)"
every() { _main_complete; compstate[insert]=all; }
zle -C every complete-word every
bindkey '^T' every
dump() { print -r -- "$BUFFER" >>"$OUT"; BUFFER=; }
zle -N dump
bindkey '^O' dump
`;

const inFish: Complete = async (lines, folder) => {
  const script = `cd ${quote(folder)}; ${
    quote(lifesign)
  } completions fish | source\n${
    lines.map((line) => `complete -C ${quote(line)}; echo ==`).join("\n")
  }`;
  const { code, stdout, stderr } = await sh(
    `fish --no-config -c ${quote(script)}`,
    { env: { HOME: folder } },
  );
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("==\n").slice(0, -1).map((part) =>
    wordsOf(part.split("\n").map((line) => line.split("\t")[0]!))
  );
};

const bash = "bash --noprofile --rcfile FILE -i";

const shells: [name: string, programs: string[], complete: Complete][] = [
  ["bash", ["bash", "script"], onTerminal(bash, inBash)],
  [
    'bash that does not break words at "=" or ":"',
    ["bash", "script"],
    onTerminal(bash, `${inBash}COMP_WORDBREAKS=\${COMP_WORDBREAKS//[=:]/}\n`),
  ],
  ["zsh", ["zsh", "script"], onTerminal("zsh --no-globalrcs -i", inZsh)],
  ["fish", ["fish"], inFish],
];

/** The interfaces whose names begin so. */
const interfaces = (start: string) =>
  Array.from(Deno.readDirSync("/sys/class/net"), ({ name }) => name)
    .filter((name) => name.startsWith(start)).toSorted();

const rows: [line: string, ...words: string[]][] = [
  ["lifesign c", "check", "completions", "config"],
  ["lifesign --v", "--version"],
  ["lifesign nothing "],
  ["lifesign nothing --"],
  ["lifesign check --fam", "--family"],
  ["lifesign run --co", "--config", "--confirm", "--cookie-file", "--count"],
  ["lifesign check --co", "--config", "--confirm", "--cookie-file"],
  ["lifesign demo --co"],
  ["lifesign check --family ", "4", "6", "auto"],
  ["lifesign run -4q --log-level ", "debug", "error", "info", "warn"],
  ["lifesign run --log-format=j", "json"],
  ["lifesign run --log-level=debug --log-format t", "text"],
  ["lifesign gateway --forge d", "dead@other-port"],
  ["lifesign check --config ./o", "./our.conf"],
  ["lifesign check --config=./o", "./our.conf"],
  ["lifesign run -U ./o", "./our.conf"],
  ["lifesign check --gateway ./o"],
  ["lifesign check ./o"],
  ["lifesign check -- -"],
  [
    "lifesign service ",
    "cron",
    "docker",
    "grafana",
    "openrc",
    "procd",
    "prometheus",
    "systemd",
  ],
  ["lifesign service --gateway 127.0.0.1:3335 --tries=2 s", "systemd"],
  ["lifesign service systemd s"],
  ["lifesign completions z", "zsh"],
  ["lifesign completions -", "--help", "-h"],
  ["lifesign help exit", "exit-codes"],
  ["lifesign -h exit", "exit-codes"],
  ["lifesign help check r"],
  ["lifesign check ho", "home"],
  ["lifesign check -c our.conf ", "dorm", "lab.2"],
  ["lifesign check -q --config our.conf d", "dorm"],
  ["lifesign run --config=our.conf dorm l", "lab.2"],
  ["lifesign status -c ~/our.conf l", "lab.2"],
  ["lifesign check -c none.conf "],
  ["lifesign service -c our.conf systemd l", "lab.2"],
  ["lifesign service -c our.conf sys", "systemd"],
  ["lifesign check -b l", ...interfaces("l")],
  ["lifesign run --bind=l", ...interfaces("l")],
];

for (const [name, programs, complete] of shells) {
  const inShell = inFolder.unless(await missing(...programs));
  inShell.test(`completions work in ${name}`, async (folder) => {
    await Deno.writeTextFile(
      `${folder}/our.conf`,
      "uid = 1\n[dorm]\non_dead = [x]\n  [lab.2] # the lab\n",
    );
    await Deno.mkdir(`${folder}/.config`);
    await Deno.writeTextFile(`${folder}/.config/lifesign.conf`, "[home]\n");
    const lines = rows.map(([line]) => line);
    const found = await complete(lines, folder);
    assertEquals(lines.map((line, at) => [line, ...found[at]!]), rows);
  });

  inShell.test(`completions know each command's flags, and no other, in ${name}`, async (folder) => {
    const commands = await listedCommands();
    const lines = commands.map((command) => `lifesign ${command} -`);
    const [found, ...others] = await complete(
      ["lifesign ", ...lines],
      folder,
    );
    assertEquals(found, commands.toSorted());
    for (const [at, command] of commands.entries()) {
      assertEquals(others[at], await listedFlags(command), command);
    }
  });
}

for (
  const [shell, check, ...needed] of [
    ["bash", "shellcheck -s bash -", "shellcheck"],
    ["bash", "bash -n", "bash"],
    ["zsh", "zsh -n", "zsh"],
    ["fish", "fish --no-execute", "fish"],
  ] as const
) {
  const checked = unless(await missing(...needed));
  checked.test(`completions ${shell} prints what ${check} finds right`, async () => {
    const { stdout } = await run(["completions", shell]);
    assertQuiet(await sh(check, { stdin: stdout }));
  });
}
