/**
 * A newcomer's machine: a home, a clone of the project with its executable, and
 * programs that stand in for those that would change the real machine.
 *
 * @module
 */
import { assert } from "@std/assert";
import { denoVersion } from "../scripts/supply/denort.ts";
import { lifesign, type Outcome, outcomeOf, quote } from "./harness.ts";

/** A machine to paste on. It is removed when it goes out of scope. */
export interface Newcomer extends AsyncDisposable {
  /** Its home. */
  readonly home: string;
  /** Reads a file below its home. */
  read(path: string): Promise<string>;
  /** Writes a file below its home, with the rights of its own user alone. */
  write(path: string, text: string): Promise<void>;
  /** Makes a program. */
  program(name: string, script: string): Promise<void>;
  /** Runs a piece on its own, as a script of `sh` or of another shell. `lifesign` is on the PATH. */
  run(piece: string, shell?: readonly string[]): Promise<Outcome>;
  /** Pastes pieces into an interactive shell, one after the other. Resolves to what each has printed and its status. */
  paste(
    shell: readonly string[],
    pieces: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, Outcome>>>;
}

/** The interactive shells of most people, without the settings of the user. */
export const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "--norc", "--noprofile", "-i"],
  zsh: ["zsh", "-f", "-i"],
};

/** What `npx` is asked for: tasks, whose real ones take long or are running just now. */
const npx = `#!/bin/sh
[ "$1 $2 $3" = "-y deno@${denoVersion} task" ] || exit 99
case $4 in
demo) [ -s ~/demo.txt ] || "$EXECUTABLE" demo >~/demo.txt; cat ~/demo.txt ;;
compile)
  name=dist/lifesign\${6:+-$6}
  rm -f $name; cp "$EXECUTABLE" $name; echo "made $name" ;;
*) exit 98 ;;
esac
`;

/** A crontab of its own. */
const crontab = `#!/bin/sh
case $1 in
-l) [ -e ~/crontab ] || { echo "no crontab for you" >&2; exit 1; }; cat ~/crontab ;;
-) cat >~/crontab.new && mv ~/crontab.new ~/crontab ;;
*) exit 97 ;;
esac
`;

/** Root's rights over one file and some programs. */
const sudo = `#!/bin/sh
case "$*" in
"tee /etc/systemd/system/lifesign.service") exec tee ~/lifesign.service ;;
"systemctl "*) echo "$*" ;;
"tcpdump "*) exec "$@" ;;
*) exit 96 ;;
esac
`;

/** A router, which is a folder. Its service scripts are not run, since they need the router's own shell. */
const ssh = `#!/bin/sh
[ "$1" = root@192.168.1.1 ] || exit 95
shift
mkdir -p ~/router/usr/sbin ~/router/etc/init.d
: >~/router/etc/lifesign.conf
script=$(printf '%s\\n' "$*" | sed "s#/usr/sbin#$HOME/router/usr/sbin#g; s#/etc/#$HOME/router/etc/#g; s#\\./lifesign #echo service #g")
cp ~/.config/lifesign.conf ~/router/etc/ 2>/dev/null
PATH=~/router/usr/sbin:$PATH exec sh -c "$script"
`;

/** Makes a machine. */
export async function createNewcomer(): Promise<Newcomer> {
  // Nobody's home has a space in its path, and sockets have short ones.
  const home = await Deno.makeTempDir({ dir: "/tmp" });
  const clone = `${home}/lifesign`;
  await Deno.mkdir(`${home}/bin`);
  await Deno.mkdir(`${clone}/dist`, { recursive: true });

  const env = {
    HOME: home,
    EXECUTABLE: lifesign,
    PATH: `${home}/bin:/usr/local/bin:/usr/bin:/bin`,
  };

  async function program(name: string, script: string): Promise<void> {
    await Deno.writeTextFile(`${home}/bin/${name}`, script, { mode: 0o755 });
  }
  for (const [name, text] of Object.entries({ npx, crontab, sudo, ssh })) {
    await program(name, text);
  }

  async function run(
    piece: string,
    shell: readonly string[] = ["sh"],
  ): Promise<Outcome> {
    await Deno.symlink(lifesign, `${home}/bin/lifesign`).catch(() => {});
    const command = new Deno.Command(shell[0]!, {
      args: [...shell.slice(1), "-c", piece],
      cwd: clone,
      clearEnv: true,
      env,
      stdin: "null",
    });
    return outcomeOf(await command.output());
  }

  async function paste(
    shell: readonly string[],
    pieces: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, Outcome>>> {
    const nonce = crypto.randomUUID();
    const mark = (name: string) =>
      `printf '\\n${nonce} %s %s\\n' ${quote(name)} $?\n`;
    const text = Object.entries(pieces)
      .map(([name, piece]) => piece + mark(name)).join("");
    // A session of its own, or an interactive shell takes the terminal.
    const child = new Deno.Command("setsid", {
      args: ["-w", ...shell],
      cwd: clone,
      clearEnv: true,
      env: { ...env, PS1: "", TERM: "dumb" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text)).catch(() => {});
    await writer.close().catch(() => {});
    const output = await child.output();
    const decoder = new TextDecoder();
    const stderr = decoder.decode(output.stderr);
    const parts = decoder.decode(output.stdout)
      .split(new RegExp(`\n${nonce} (\\S+) (\\d+)\n`));
    const outcomes: Record<string, Outcome> = {};
    for (let at = 0; at + 2 < parts.length; at += 3) {
      const [stdout, name, code] = parts.slice(at, at + 3);
      outcomes[name!] = { code: Number(code), stdout: stdout!, stderr };
    }
    for (const name of Object.keys(pieces)) {
      assert(
        name in outcomes,
        `${shell[0]} did not live to ${name}: ${stderr}`,
      );
    }
    return outcomes;
  }

  return {
    home,
    program,
    run,
    paste,
    read: (path) => Deno.readTextFile(`${home}/${path}`),
    write: (path, text) =>
      Deno.writeTextFile(`${home}/${path}`, text, { mode: 0o600 }),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}
