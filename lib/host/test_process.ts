/**
 * For the unit tests of this folder alone: what ends a process, or has to see
 * standard streams of its own, is tried out in another one.
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
  /** What it wrote to stdout, as far as nobody read it before. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
}

/** What a process is started with. */
export interface ProcessOptions {
  /** A shell command that runs the script as `"$@"`; `exec "$@"` if absent. */
  readonly shell?: string;
  /** Environment variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a script run without root's privileges, though still as root: nobody else may reach Deno in root's home. */
export const unprivileged: ProcessOptions = Deno.uid() === 0
  ? { shell: 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"' }
  : {};

/** A process that runs; it is killed when it goes out of scope. */
export interface TestProcess extends AsyncDisposable {
  /** Resolves to the next line of stdout; rejects if there is none. */
  line(): Promise<string>;
  /** Writes to its stdin. */
  write(text: string): Promise<void>;
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /** Closes its stdin and waits for its end, reading stdout to its end unless told not to. One that hangs dies of SIGKILL. */
  end(options?: { readonly read: boolean }): Promise<Outcome>;
}

/** Starts a module's text, which may import what lies beside this file, in a Deno process of its own. */
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
      // It may have ended before, or never have read anything.
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
