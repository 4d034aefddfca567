/**
 * Processes for the unit tests of this folder: for code that ends its process or
 * uses its standard streams.
 *
 * @module
 */

/** How long a process may take to end before it counts as hung, in ms. */
const hungMs = 30_000;

/** How a process ended, and what it wrote. */
export interface Outcome {
  /** The exit status; 128 + n for signal n. */
  readonly code: number;
  /** The signal that it died of; `null` if of none. */
  readonly signal: Deno.Signal | null;
  /** What it wrote to stdout, without what was read before. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
}

/** How to start a process. */
export interface ProcessOptions {
  /** A shell command that runs the script as `"$@"`; `exec "$@"` if absent. */
  readonly shell?: string;
  /** Environment variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a script run without root's privileges, but as root, since other users may not reach Deno in root's home. */
export const unprivileged: ProcessOptions = Deno.uid() === 0
  ? { shell: 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"' }
  : {};

/** A running process, which is killed at the end of the scope. */
export interface TestProcess extends AsyncDisposable {
  /** Resolves to the next line of stdout; rejects if there is none. */
  line(): Promise<string>;
  /** Writes to its stdin. */
  write(text: string): Promise<void>;
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /** Closes its stdin, reads the rest of stdout if `read` is true or absent, and waits for its end. Kills it if it hangs. */
  end(options?: { readonly read: boolean }): Promise<Outcome>;
}

/** Starts the text of a module, which may import from this folder, in a Deno process. */
export function startScript(
  source: string,
  { shell = 'exec "$@"', env = {} }: ProcessOptions = {},
): TestProcess {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", shell, "sh", Deno.execPath(), "eval", "--quiet", source],
    cwd: new URL(".", import.meta.url),
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stderr = new Response(child.stderr).text();
  let isOver = false;
  const status = child.status.finally(() => isOver = true);
  let text = "";

  async function readMore(): Promise<boolean> {
    const { value = "", done } = await stdout.read();
    text += value;
    return !done;
  }

  return {
    async line() {
      for (;;) {
        const end = text.indexOf("\n");
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        if (!await readMore()) throw new Error(`No line follows "${text}"`);
      }
    },
    write: (text) => stdin.write(new TextEncoder().encode(text)),
    kill: (signal) => child.kill(signal),
    async end({ read } = { read: true }) {
      const timer = setTimeout(() => child.kill("SIGKILL"), hungMs);
      // It may have ended before, or never read stdin.
      await stdin.close().catch(() => {});
      while (read && await readMore());
      const { code, signal } = await status;
      clearTimeout(timer);
      await stdout.cancel();
      return { code, signal, stdout: text, stderr: await stderr };
    },
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await this.end();
    },
  };
}

/** Runs a script to its end. */
export async function runScript(
  source: string,
  { stdin = "", ...options }: ProcessOptions & { readonly stdin?: string } = {},
): Promise<Outcome> {
  await using process = startScript(source, options);
  await process.write(stdin).catch(() => {});
  return await process.end();
}
