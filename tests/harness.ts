/**
 * Runs the compiled executable as a shell does, in an environment that only the
 * test defines.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { pooled } from "../scripts/pooled.ts";

/** The executable of `deno task test`; `LIFESIGN_EXECUTABLE` names another one, such as a script that starts one in an emulator. */
export const lifesign: string = Deno.env.get("LIFESIGN_EXECUTABLE") ??
  decodeURIComponent(new URL("../dist/lifesign", import.meta.url).pathname);

/** Whether that is the static build, which does some things that Deno can't. */
export const isStatic: boolean = /-musl\w*$/.test(lifesign);

/** Why a test that works a lot is skipped in an emulator; `undefined` elsewhere. */
export const slowness: string | undefined =
  Deno.env.get("LIFESIGN_TEST_EMULATED") === "1"
    ? "it takes minutes in an emulator"
    : undefined;

/** The result of a process. */
export interface Outcome {
  /** The exit status as a shell sees it: 128 + n for signal n. */
  readonly code: number;
  /** Its stdout. */
  readonly stdout: string;
  /** Its stderr. */
  readonly stderr: string;
}

/** Options of a run. */
export interface RunOptions {
  /** The environment variables besides `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The text on stdin; empty if absent. */
  readonly stdin?: string;
  /** Whether `lifesign` is looked up on the PATH, and not the tested executable. */
  readonly asPasted?: boolean;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs a shell script in which `lifesign` is the executable. */
export async function sh(
  script: string,
  { env = {}, stdin = "", asPasted = false }: RunOptions = {},
): Promise<Outcome> {
  const prelude = asPasted ? "" : `lifesign() { ${quote(lifesign)} "$@"; }\n`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", prelude + script],
    cwd: decodeURIComponent(new URL("..", import.meta.url).pathname),
    clearEnv: true,
    env: { PATH: path, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A process that doesn't read may be gone before.
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  return outcomeOf(await child.output());
}

/** What a command has printed, as text. */
export function outcomeOf(
  { code, stdout, stderr }: Deno.CommandOutput,
): Outcome {
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/**
 * Splits a command line into words, as in `words\`run -u77 --on-dead ${hook}\``.
 * An inserted string stays one word; a list becomes several.
 */
export function words(
  texts: TemplateStringsArray,
  ...values: readonly (string | readonly string[])[]
): string[] {
  const left = [...values];
  return texts.join("\0").trim().split(/\s+/).flatMap((word) =>
    word === "\0"
      ? left.shift()!
      : word.replaceAll("\0", () => String(left.shift()))
  );
}

/** Runs lifesign with arguments. */
export function run(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return sh(`lifesign ${args.map(quote).join(" ")}`, options);
}

/** A process in the background. */
export interface Running extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** Resolves to the next line of stdout, or the next that meets a condition; rejects if stdout ends. */
  line(condition?: (line: string) => boolean): Promise<string>;
  /** The same for JSON lines. */
  event(
    condition?: (event: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
  /** Resolves to the next event of a cycle. */
  cycle(): Promise<Record<string, unknown>>;
  /** Closes the pipe of stdout. */
  closeStdout(): Promise<void>;
  /** Writes a line to stdin. */
  type(line: string): Promise<void>;
  /** Closes stdin. */
  endInput(): Promise<void>;
  /** Sends a signal. */
  signal(signal: Deno.Signal): void;
  /** Resolves when it has ended. */
  readonly outcome: Promise<
    { code: number; signal: Deno.Signal | null; stderr: string }
  >;
}

/** Starts lifesign. It is killed when it goes out of scope. */
export function start(
  args: readonly string[],
  { env = {}, command = lifesign }: RunOptions & { command?: string } = {},
): Running {
  const child = new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: { PATH: path, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stdin = child.stdin.getWriter();
  const stderr = new Response(child.stderr).text();
  let rest = "";
  let isOver = false;

  async function line(condition: (line: string) => boolean = () => true) {
    for (;;) {
      const end = rest.indexOf("\n");
      if (end >= 0) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (condition(line)) return line;
        continue;
      }
      const { value, done } = await reader.read();
      if (done) {
        throw new Error(`"${args.join(" ")}" ended: ${rest}${await stderr}`);
      }
      rest += value;
    }
  }

  const outcome = child.status.then(async ({ code, signal }) => {
    isOver = true;
    return { code, signal, stderr: await stderr };
  });
  const event: Running["event"] = async (condition = () => true) =>
    JSON.parse(await line((line) => condition(JSON.parse(line))));
  return {
    pid: child.pid,
    line,
    event,
    cycle: () => event(({ event }) => event === "cycle"),
    closeStdout: () => reader.cancel(),
    type: (line) => stdin.write(new TextEncoder().encode(`${line}\n`)),
    endInput: () => stdin.close(),
    signal: (signal) => child.kill(signal),
    outcome,
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await stdin.close().catch(() => {});
      await reader.cancel();
      await outcome;
    },
  };
}

/** A simulated gateway on a free port. */
export interface TestGateway extends Running {
  /** Where it listens, as a value of `--gateway`. */
  readonly address: string;
}

/** Starts `lifesign gateway` on a free port of 127.0.0.1. */
export async function startGateway(
  ...args: readonly string[]
): Promise<TestGateway> {
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const running = start(["gateway", "--json", ...listen, ...args]);
  const { host, port } = await running.event();
  const name = `${host}`.includes(":") ? `[${host}]` : host;
  return { ...running, address: `${name}:${port}` };
}

/** Asserts the given fields of an outcome. */
export function assertOutcome(actual: Outcome, wanted: Partial<Outcome>): void {
  assertEquals({ ...actual, ...wanted }, actual);
}

/** Asserts that a run ended with 0 and wrote nothing. */
export function assertQuiet(actual: Outcome): void {
  assertEquals(actual, { code: 0, stdout: "", stderr: "" });
}

/** Asserts that a run ended with this code, one message on stderr and nothing on stdout. */
export function assertRefused(
  actual: Outcome,
  code: number,
  message: string,
): void {
  assertEquals(actual, { code, stdout: "", stderr: `${message}\n` });
}

/** Asserts that SIGTERM ends an agent with 0; resolves to its stderr. */
export async function assertStops(agent: Running): Promise<string> {
  agent.signal("SIGTERM");
  const { code, stderr } = await agent.outcome;
  assertEquals(code, 0, stderr);
  return stderr;
}

/** Waits until a gateway has answered a number of heartbeats with alive. */
export async function hear(gateway: Running, count: number): Promise<void> {
  for (let heard = 0; heard < count; heard++) {
    await gateway.event(({ action }) => action === "alive");
  }
}

/** A fake service manager. It stops when it goes out of scope. */
export interface TestManager extends Disposable {
  /** The value of `NOTIFY_SOCKET`. */
  readonly path: string;
  /** Resolves to the next message with this start. Messages before it have to start like one of the others. */
  message(start: string, ...others: string[]): Promise<string>;
}

/** Starts a fake service manager with its socket in a folder. */
export function createManager(folder: string): TestManager {
  const path = `${folder}/manager`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const decoder = new TextDecoder();
  return {
    path,
    async message(start, ...others) {
      for (;;) {
        const text = decoder.decode((await socket.receive())[0]);
        if (text.startsWith(start)) return text;
        assert(others.some((other) => text.startsWith(other)), text);
      }
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Quotes a word for a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A folder that is removed when it goes out of scope. */
export interface TestFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/** Makes a folder with files that only their owner can read. */
export async function createFolder(
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {},
): Promise<TestFolder> {
  const path = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    const bytes = await new Response(content).bytes();
    await Deno.writeFile(`${path}/${name}`, bytes, { mode: 0o600 });
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** The name of a test or step, and whether it is skipped. */
export interface Condition {
  /** Its name. It says why the test is skipped, which `deno task test` counts. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
}

/** Skips a test or step if there is a reason to. */
export function condition(
  reason: string | undefined,
  name: string,
): Condition {
  return reason === undefined
    ? { name, ignore: false }
    : { name: `${name} (skipped: ${reason})`, ignore: true };
}

/** What a test needs whose steps run at the same time, and each of them: the sanitizers can't tell such steps apart. */
export const sideBySide = {
  sanitizeOps: false,
  sanitizeResources: false,
  sanitizeExit: false,
} as const;

/** Runs the steps of a test, at most `most` of them at the same time. */
export async function runSteps(
  t: Deno.TestContext,
  most: number,
  steps: readonly (Condition & { readonly fn: () => Promise<void> })[],
): Promise<void> {
  await pooled(most, steps, (step) => t.step({ ...step, ...sideBySide }));
}

/** Tests that have something in common. */
export interface Tests<T> {
  /** Registers a test. */
  test(
    name: string,
    run: (given: T, t: Deno.TestContext) => Promise<void>,
  ): void;
}

/** Tests that are skipped if there is a reason to. */
export function unless(reason: string | undefined): Tests<Deno.TestContext> {
  return {
    test: (name, run) => Deno.test(condition(reason, name), (t) => run(t, t)),
  };
}

/** Tests with a folder of their own. */
export const inFolder = {
  ...inFolderUnless(undefined),
  /** The same, skipped if there is a reason to. */
  unless: inFolderUnless,
};

function inFolderUnless(reason: string | undefined): Tests<string> {
  return {
    test: (name, run) =>
      unless(reason).test(name, async (t) => {
        await using folder = await createFolder();
        await run(folder.path, t);
      }),
  };
}

/** The missing programs as a reason; `undefined` if all are there. */
export async function missing(
  ...programs: readonly string[]
): Promise<string | undefined> {
  const outcomes = await Promise.all(
    programs.map((program) => sh(`command -v ${quote(program)}`)),
  );
  const absent = programs.filter((_, at) => outcomes[at]!.code !== 0);
  return absent.length === 0 ? undefined : `no ${absent.join(", no ")}`;
}

/** Why unshare(1) fails with these flags; `undefined` if it works. */
export async function noNamespaces(
  flags: string,
): Promise<string | undefined> {
  const { code } = await sh(`unshare ${flags} true`);
  return code === 0 ? undefined : "namespaces are not permitted";
}

/** The commands of `lifesign help`, in its order. */
export async function listedCommands(): Promise<string[]> {
  const { stdout } = await run(["help"]);
  return [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, it]) => it!);
}

/** The flags of `lifesign help COMMAND`, sorted. Those of `help` itself are fixed, since it explains the program. */
export async function listedFlags(command: string): Promise<string[]> {
  const { stdout } = await run(["help", command]);
  if (command === "help") return ["--help", "-h"];
  return [...stdout.matchAll(/^ {2}(-[^\s,]+(?:, -[^\s,]+)*)/gm)]
    .flatMap(([, names]) => names!.split(", ")).toSorted();
}

/** Tests whose `run()` uses an empty network namespace. They are skipped where that is not permitted. */
export async function testsWithoutNetwork(): Promise<Tests<typeof run>> {
  const { test } = unless(await noNamespaces("-rn"));
  const runThere = (args: readonly string[]) =>
    sh(`exec unshare -rn ${[lifesign, ...args].map(quote).join(" ")}`);
  return { test: (name, run) => test(name, (t) => run(runThere, t)) };
}
