/**
 * Runs the compiled executable as a shell would, in an environment that holds
 * nothing but what a test puts there.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";

/** The executable that `deno task test` compiles. */
export const lifesign: string = decodeURIComponent(
  new URL("../dist/lifesign", import.meta.url).pathname,
);

/** How a process ended, and what it wrote. */
export interface Outcome {
  /** The exit status as a shell sees it: 128 + n for signal n. */
  readonly code: number;
  /** What it wrote to stdout. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
}

/** How to run something. */
export interface RunOptions {
  /** The environment variables; only `PATH` besides them. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is on stdin; nothing if absent. */
  readonly stdin?: string;
  /** Whether `lifesign` is left to be found on the PATH. */
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
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/**
 * The words of a command line, as in `words\`run -u77 --on-dead ${hook}\``: what
 * is put in stays one word, or as many as it has if it is a list.
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

/** Runs lifesign from a shell with these words. */
export function run(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return sh(`lifesign ${args.map(quote).join(" ")}`, options);
}

/** A process that goes on while a test does something else. */
export interface Running extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
  /** Resolves to the next line of stdout that fulfils the condition, any if there is none; rejects if stdout ends first. */
  line(condition?: (line: string) => boolean): Promise<string>;
  /** The same for lines of JSON. */
  event(
    condition?: (event: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
  /** Closes the pipe behind stdout, so that nobody can read it any more. */
  closeStdout(): Promise<void>;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** Ends its input. */
  endInput(): Promise<void>;
  /** Sends a signal. */
  signal(signal: Deno.Signal): void;
  /** Resolves to how it ended. */
  readonly outcome: Promise<
    { code: number; signal: Deno.Signal | null; stderr: string }
  >;
}

/** Starts lifesign. It is ended with SIGKILL when it goes out of scope. */
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
  return {
    pid: child.pid,
    line,
    async event(condition = () => true) {
      return JSON.parse(await line((line) => condition(JSON.parse(line))));
    },
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

/** Compares the code and, where they are given, the outputs of a run. */
export function assertOutcome(actual: Outcome, wanted: Partial<Outcome>): void {
  assertEquals({ ...actual, ...wanted }, actual);
}

/** Ends an agent with SIGTERM, which it has to take for its end; resolves to what it wrote to stderr. */
export async function assertStops(agent: Running): Promise<string> {
  agent.signal("SIGTERM");
  const { code, stderr } = await agent.outcome;
  assertEquals(code, 0, stderr);
  return stderr;
}

/** Waits until a gateway has answered so many heartbeats more with alive. */
export async function hear(gateway: Running, count: number): Promise<void> {
  for (let heard = 0; heard < count; heard++) {
    await gateway.event(({ action }) => action === "alive");
  }
}

/** A UDP socket of the test's own on 127.0.0.1, closed when it goes out of scope. */
export interface TestSocket extends Disposable {
  /** Sends a datagram to `HOST:PORT`. */
  send(bytes: Uint8Array, address: string): Promise<void>;
  /** Resolves to the next datagram. */
  receive(): Promise<Uint8Array>;
}

/** Opens a UDP socket. */
export function openSocket(): TestSocket {
  const hostname = "127.0.0.1";
  const socket = Deno.listenDatagram({ hostname, port: 0, transport: "udp" });
  return {
    async send(bytes, address) {
      const [hostname, port] = address.split(":");
      await socket.send(bytes, {
        transport: "udp",
        hostname: hostname!,
        port: Number(port),
      });
    },
    async receive() {
      const [bytes] = await socket.receive();
      return bytes;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Stands for systemd: what it is told comes message by message. It stops when it goes out of scope. */
export interface TestManager extends Disposable {
  /** What `NOTIFY_SOCKET` has to be. */
  readonly path: string;
  /** Resolves to the next message that begins so, beyond those that begin like one of the others. */
  message(start: string, ...others: string[]): Promise<string>;
}

/** Starts a service manager with its socket in a folder. */
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

/** A file that is gone when it goes out of scope. */
export interface TestFile extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  /** Replaces what it holds. */
  write(text: string): Promise<void>;
}

/** Makes a file that nobody else can read. */
export async function createFile(text: string): Promise<TestFile> {
  const path = await Deno.makeTempFile();
  const write = (text: string) =>
    Deno.writeTextFile(path, text, { mode: 0o600 });
  await write(text);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

/** Quotes a word for a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A folder that is gone when it goes out of scope. */
export interface TestFolder extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
}

/** Makes a folder with files that nobody else can read. */
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

/** Runs a test with a folder of its own. */
export async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await using folder = await createFolder();
  await test(folder.path);
}

/** What a test is given that may not run everywhere. */
export interface Condition {
  /** Its name, with why it is skipped, which `deno task test` counts. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
}

/** Skips a test if there is a reason to. */
export function unless(reason: string | undefined, name: string): Condition {
  return reason === undefined
    ? { name, ignore: false }
    : { name: `${name} (skipped: ${reason})`, ignore: true };
}

/** Which of some programs are not there, as a reason; `undefined` if all are. */
export async function missing(
  ...programs: readonly string[]
): Promise<string | undefined> {
  const outcomes = await Promise.all(
    programs.map((program) => sh(`command -v ${quote(program)}`)),
  );
  const absent = programs.filter((_, at) => outcomes[at]!.code !== 0);
  return absent.length === 0 ? undefined : `no ${absent.join(", no ")}`;
}

/** Why there can be no namespaces, by these flags of unshare(1); `undefined` if there can. */
export async function noNamespaces(
  flags: string,
): Promise<string | undefined> {
  const { code } = await sh(`unshare ${flags} true`);
  return code === 0 ? undefined : "namespaces are not permitted";
}

/** The commands that `lifesign help` lists, in its order. */
export async function listedCommands(): Promise<string[]> {
  const { stdout } = await run(["help"]);
  return [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, it]) => it!);
}

/** The flags that `lifesign help COMMAND` lists, in alphabetical order; those of `help`, which explains the program instead, are known. */
export async function listedFlags(command: string): Promise<string[]> {
  const { stdout } = await run(["help", command]);
  const [, list] = stdout.split("\nFlags:\n");
  if (list === undefined) return ["--help", "-h"];
  return [...list.matchAll(/^ {2}(-[^\s,]+(?:, -[^\s,]+)*)/gm)]
    .flatMap(([, names]) => names!.split(", ")).toSorted();
}

/** Tests with a lifesign that has a network namespace of its own with nothing in it; skipped where that is not permitted. */
export async function whereNoNetworkIs(
  t: Deno.TestContext,
  test: (run: (args: readonly string[]) => Promise<Outcome>) => Promise<void>,
): Promise<void> {
  await t.step({
    ...unless(
      await noNamespaces("-rn"),
      "in a network namespace of its own",
    ),
    async fn() {
      await test((args) =>
        sh(`exec unshare -rn ${[lifesign, ...args].map(quote).join(" ")}`)
      );
    },
  });
}
