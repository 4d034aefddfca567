/**
 * A terminal with a shell for tests: tmux with its own server.
 *
 * @module
 */
import { lifesign, quote, sh } from "./harness.ts";

/** A terminal. It is closed when it goes out of scope. */
export interface TestTerminal extends AsyncDisposable {
  /** Its text, without blank lines at the end. */
  text(): Promise<string>;
  /** Waits until the text meets a condition; resolves to the text, or rejects with it after a long time. */
  until(condition: RegExp | ((text: string) => boolean)): Promise<string>;
  /** Types a line and a return at the shell's prompt. `lifesign` is the tested executable. */
  enter(line: string): Promise<void>;
  /** Presses keys, as tmux names them. */
  press(...keys: readonly string[]): Promise<void>;
  /** Changes its size. */
  resize(columns: number, rows: number): Promise<void>;
  /** The id of the process that the shell runs. */
  child(): Promise<number>;
}

/** The most polls, and the pause between them in ms. */
const polls = { most: 3000, pause: 50 };

/** Opens a terminal of 80×24 characters with a plain shell. The folder is for its socket. */
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
    for (let poll = 0; poll < polls.most; poll++) {
      seen = await text();
      const isThere = condition instanceof RegExp
        ? condition.test(seen)
        : condition(seen);
      if (isThere) return seen;
      await new Promise((resolve) => setTimeout(resolve, polls.pause));
    }
    throw new Error(`${condition} does not come true:\n${seen}`);
  }

  let used = "";
  /** Types a line at a new prompt, so that the prompt never appears in the middle of the line. */
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
