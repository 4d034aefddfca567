/**
 * A terminal of a test's own, in which a shell runs what is typed: tmux with a
 * server of its own.
 *
 * @module
 */
import { lifesign, quote, sh } from "./harness.ts";

/** A terminal. It is gone when it goes out of scope. */
export interface TestTerminal extends AsyncDisposable {
  /** What is on it, without blank lines at its end. */
  text(): Promise<string>;
  /** Resolves to what is on it once that is as wanted; rejects with it if that takes too long. */
  until(condition: RegExp | ((text: string) => boolean)): Promise<string>;
  /** Types a line at the shell's prompt, in which `lifesign` is the executable, and a return. */
  enter(line: string): Promise<void>;
  /** Presses keys, as tmux names them. */
  press(...keys: readonly string[]): Promise<void>;
  /** Gives it another size. */
  resize(columns: number, rows: number): Promise<void>;
  /** The id of what the shell runs. */
  child(): Promise<number>;
}

/** How often to look, and how long to wait from look to look, in ms. */
const looks = { most: 3000, pause: 50 };

/** Opens a terminal of 80×24 characters with a shell that knows nothing, in a folder for its socket. */
export async function openTerminal(folder: string): Promise<TestTerminal> {
  const socket = `${folder}/tmux`;
  async function tmux(...args: readonly string[]): Promise<string> {
    const words = ["-S", socket, "-f", "/dev/null", ...args].map(quote);
    const { code, stdout, stderr } = await sh(`tmux ${words.join(" ")}`, {
      // Whatever shell the user has, if any.
      env: { LANG: "C.UTF-8", SHELL: "/bin/sh" },
    });
    if (code !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  const text = async () => (await tmux("capture-pane", "-p")).trimEnd();

  async function until(
    condition: RegExp | ((text: string) => boolean),
  ): Promise<string> {
    let seen = "";
    for (let look = 0; look < looks.most; look++) {
      seen = await text();
      const isThere = condition instanceof RegExp
        ? condition.test(seen)
        : condition(seen);
      if (isThere) return seen;
      await new Promise((resolve) => setTimeout(resolve, looks.pause));
    }
    throw new Error(`${condition} does not come true:\n${seen}`);
  }

  let used = "";
  /** Types once the shell waits for that, at a prompt that is not the last line's: else its prompt stands in between. */
  async function enter(line: string): Promise<void> {
    await until((text) => {
      const [prompt = used] = /(?<![^\n])\d+\$$/.exec(text) ?? [];
      const isNew = prompt !== used;
      used = prompt;
      return isNew;
    });
    await tmux("send-keys", "-l", `${line}\n`);
  }

  await tmux(
    ...["new-session", "-d", "-x", "80", "-y", "24"],
    "exec env PS1='$((prompts += 1))$ ' ENV= HISTFILE= sh",
  );
  await enter(`lifesign() { ${quote(lifesign)} "$@"; }; clear`);
  await until(/^\d+\$$/);
  return {
    text,
    until,
    enter,
    press: async (...keys) => void await tmux("send-keys", ...keys),
    resize: async (columns, rows) =>
      void await tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`),
    async child() {
      const shell = (await tmux("list-panes", "-F", "#{pane_pid}")).trim();
      const { stdout } = await sh(`cat /proc/${shell}/task/*/children`);
      return Number(stdout.trim().split(" ").at(-1));
    },
    [Symbol.asyncDispose]: async () => void await tmux("kill-server"),
  };
}
