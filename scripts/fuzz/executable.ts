/**
 * Gives an executable bytes by chance: as a peer that answers, as a stranger
 * that asks, and as files that somebody has damaged. It has to go on, or to end
 * with a code of its own; with sanitizers it finds errors of the host in C.
 * `deno run -A scripts/fuzz/executable.ts EXECUTABLE --seconds N --seed N`.
 *
 * @module
 */
import { readNumbers } from "../flags.ts";
import { exitCodes } from "../../lib/exit_code.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { reportFailure } from "../report_failure.ts";
import { below, byte, chance, pick } from "./chance.ts";

/** What is tried. */
export interface FuzzOptions {
  /** The executable. */
  readonly executable: string;
  /** For how long, in s. */
  readonly seconds: number;
  /** Where chance begins. */
  readonly seed: number;
}

/** How much was tried. */
export interface FuzzCounts {
  /** Datagrams to and from the executable. */
  datagrams: number;
  /** Connections of both directions. */
  connections: number;
  /** Damaged files. */
  files: number;
}

/** The pauses between datagrams, connections and files, in ms: it bounds the rate. */
const pauseMs = { datagram: 10, connection: 100, file: 250 };

/** How long a process gets that has been asked to end, in ms. */
const graceMs = 60_000;

/** The codes with which a process may end: all but that of a crash. */
export const usualCodes: ReadonlySet<number> = new Set<number>(
  exitCodes.map(({ code }) => code).filter((code) => code !== 1),
);

const encoder = new TextEncoder();

/** Bytes to damage: what peers say, in all protocols. */
const said: readonly Uint8Array<ArrayBuffer>[] = [
  Uint8Array.of(77, ...new Array(15).fill(0)),
  Uint8Array.of(0xfe, ...new Array(7).fill(0xff), ...new Array(8).fill(0)),
  Uint8Array.of(0xff, ...new Array(8).fill(0), 0x7f, 3, 0),
  new Uint8Array(44),
  new Uint8Array(112),
  ...[
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi",
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\njQuery({"error":"ok","user_name":"somebody"})',
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x89\x80abcd",
    "GET /cgi-bin/rad_user_info?callback=jQuery HTTP/1.1\r\nHost: h\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
  ].map((text) => encoder.encode(text)),
];

/** Files to damage, and the arguments that read one. */
const files: readonly (readonly [text: string, ...args: string[]])[] = [
  [
    "gateway = 127.0.0.1\ninterval = 30s\non_fault = echo 'a b' # c\n[one]\nuid = 77\n[two]\ntarget = ws://127.0.0.1:1/a\nuid_file = /x\n",
    ...["config", "--check", "-c"],
  ],
  [
    "gateway = 127.0.0.1\ninterval = 30s\n[one]\nuid = 77\n",
    ...["config", "--json", "-c"],
  ],
  [
    '{"version":1,"written_at":"2026-01-01T00:00:00.000Z","sessions":[{"name":"a","verdict":"alive","since":"2026-01-01T00:00:00Z"}]}\n',
    ...["status", "--status-file"],
  ],
  [
    '{"time":"2026-01-01T00:00:00.000Z","event":"cycle","session":"a","verdict":"alive","rtt_ms":1.5}\n{"time":"2026-01-01T00:01:00.000Z","event":"cycle","session":"a","verdict":"silent"}\n',
    ...["report"],
  ],
  [
    "106056789\n",
    ...["check", "-g127.0.0.1:9", "-n1", "-t100ms", "--uid-file"],
  ],
  [
    "Authorization: Basic YTpi\nX-Other: text\n",
    ...["check", "ws://127.0.0.1:9", "-n1", "-t100ms", "--headers-file"],
  ],
  [
    "00112233445566778899aabbccddeeff\n",
    ...["check", "stamp://127.0.0.1:9", "-n1", "-t100ms", "--key-file"],
  ],
];

/** Damages bytes. */
function damage(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  let all = [...bytes];
  for (let k = below(random, 4); k > 0; k--) {
    const at = below(random, all.length + 1);
    const some = Array.from({ length: below(random, 40) }, () => byte(random));
    const odd = [0, 0x7f, 0x80, 0xff, 0x0a, 0x0d];
    switch (below(random, 6)) {
      case 0:
        all[at] = pick(random, odd);
        break;
      case 1:
        all = all.slice(0, at);
        break;
      case 2:
        all.splice(at, below(random, 20));
        break;
      case 3:
        all.splice(at, 0, ...some);
        break;
      case 4:
        all.splice(at, 0, ...all.slice(0, below(random, 400)));
        break;
      case 5:
        all.splice(at, 0, ...new Array(below(random, 3000)).fill(byte(random)));
    }
  }
  return Uint8Array.from(all);
}

/** What somebody says who means no good. */
function words(random: Random): Uint8Array<ArrayBuffer> {
  if (chance(random, 0.9)) return damage(random, pick(random, said));
  return Uint8Array.from({ length: below(random, 300) }, () => byte(random));
}

/** Tries an executable; throws an `Error` that says with what it failed, and how it ended. */
export async function fuzzExecutable(
  { executable, seconds, seed }: FuzzOptions,
): Promise<FuzzCounts> {
  const counts: FuzzCounts = { datagrams: 0, connections: 0, files: 0 };
  const random = seededRandom(seed);
  const end = performance.now() + seconds * 1000;
  const isOver = () => performance.now() >= end;
  const folder = await Deno.makeTempDir();
  const running = new Set<Deno.ChildProcess>();

  function start(args: readonly string[]) {
    const child = new Deno.Command(executable, {
      args: [...args],
      cwd: folder,
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", ASAN_OPTIONS: "exitcode=99" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    running.add(child);
    const stderr = new Response(child.stderr).text();
    const outcome = child.status.then(async ({ code }) => {
      running.delete(child);
      const said = await stderr;
      const isFine = usualCodes.has(code) &&
        !/Sanitizer|runtime error/.test(said);
      if (isFine) return;
      throw new Error(`"${args.join(" ")}" ended with ${code}: ${said}`);
    });
    // Where something else has failed, nobody waits for it any more.
    outcome.catch(() => {});
    return { args, child, outcome };
  }

  /** Keeps an agent running, which may end by what it hears. */
  async function keep(args: readonly string[]): Promise<void> {
    while (!isOver()) {
      const started = start(args);
      await started.child.stdout.cancel();
      await atMost(end - performance.now(), started.outcome);
      await stop(started);
    }
  }

  async function stop(
    { args, child, outcome }: ReturnType<typeof start>,
  ): Promise<void> {
    if (running.has(child)) child.kill("SIGTERM");
    await atMost(graceMs, outcome);
    if (!running.has(child)) return;
    const stat = await Deno.readTextFile(`/proc/${child.pid}/stat`)
      .catch(() => "");
    throw new Error(`"${args.join(" ")}" does not end by SIGTERM: ${stat}`);
  }

  /** Starts a gateway; resolves to its port. */
  async function serve(...args: readonly string[]) {
    const started = start(["gateway", "--json", "-q", ...args]);
    const reader = started.child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value = "{}" } = await reader.read();
    const drained = (async () => {
      while (!(await reader.read()).done);
    })();
    const { port } = JSON.parse(value.split("\n")[0]!);
    const ended = started.outcome.then(async () => {
      await drained;
      if (!isOver()) throw new Error(`A gateway has ended: ${args.join(" ")}`);
    });
    ended.catch(() => {});
    return {
      port: Number(port),
      stop: () => stop({ ...started, outcome: ended }),
      ended,
    };
  }

  async function askDatagrams(...args: readonly string[]): Promise<void> {
    const gateway = await serve(...args);
    const socket = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: 0,
    });
    await untilOver(gateway.ended, pauseMs.datagram, async () => {
      counts.datagrams++;
      await socket.send(words(random).subarray(0, 60_000), {
        transport: "udp",
        hostname: "127.0.0.1",
        port: gateway.port,
      });
    });
    socket.close();
    await gateway.stop();
  }

  async function askStreams(scheme: string): Promise<void> {
    const gateway = await serve("--listen", `${scheme}://127.0.0.1:0`);
    await untilOver(gateway.ended, pauseMs.connection, async () => {
      counts.connections++;
      using peer = await Deno.connect({ port: gateway.port });
      await talk(peer);
    });
    await gateway.stop();
  }

  /** Says something to a peer, in pieces. */
  async function talk(peer: Deno.Conn): Promise<void> {
    try {
      for (let k = below(random, 4); k >= 0; k--) {
        await peer.write(words(random));
        if (chance(random, 0.3)) await pause(below(random, 50));
      }
      if (chance(random, 0.5)) await peer.closeWrite();
      const buffer = new Uint8Array(1024);
      if (chance(random, 0.5)) {
        await atMost(200, peer.read(buffer));
      }
    } catch {
      // It has had enough.
    }
  }

  async function untilOver(
    ended: Promise<void>,
    ms: number,
    work: () => Promise<void>,
  ): Promise<void> {
    while (!isOver()) {
      await work();
      await atMost(ms, ended);
    }
  }

  /** Answers each request with several damaged replies. */
  async function answerDatagrams(): Promise<void> {
    const socket = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: 0,
    });
    const answering = (async () => {
      for await (const [, from] of socket) {
        for (let k = below(random, 20); k > 0; k--) {
          counts.datagrams++;
          await socket.send(words(random).subarray(0, 60_000), from);
        }
      }
    })();
    const { port } = socket.addr as Deno.NetAddr;
    const times = ["-i1s", "-t300ms", "-n2"];
    await Promise.all([
      keep(["run", "-u77", "-g", `127.0.0.1:${port}`, ...times]),
      keep(["run", `stamp://127.0.0.1:${port}`, ...times]),
    ]);
    socket.close();
    await answering;
  }

  /** Answers each connection with damaged bytes. */
  async function answerStreams(): Promise<void> {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const talks = new Set<Promise<void>>();
    const accepting = (async () => {
      for await (const peer of listener) {
        counts.connections++;
        const talking = talk(peer).then(() => {
          peer.close();
          talks.delete(talking);
        });
        talks.add(talking);
      }
    })();
    const { port } = listener.addr as Deno.NetAddr;
    const times = ["-i1s", "-t300ms", "-n1", "--dead-after=300ms"];
    await Promise.all(
      ["ws", "zmtp", "tcp", "srun+http", "drcom+http", "ruijie+http"]
        .map((scheme) =>
          keep(["run", `${scheme}://127.0.0.1:${port}`, ...times])
        ),
    );
    listener.close();
    await accepting;
    await Promise.all(talks);
  }

  async function tryFiles(): Promise<void> {
    while (!isOver()) {
      counts.files++;
      const [text, ...args] = pick(random, files);
      const path = `${folder}/file`;
      const bytes = damage(random, encoder.encode(text));
      await Deno.writeFile(path, bytes, { mode: 0o600 });
      const { child, outcome } = start([...args, path]);
      await child.stdout.cancel();
      await outcome.catch((error: Error) => {
        throw new Error(`${error.message}\nThe file: ${bytes.toBase64()}`);
      });
      await pause(pauseMs.file);
    }
  }

  try {
    await Promise.all([
      askDatagrams("--listen", "127.0.0.1:0"),
      askDatagrams("--listen", "stamp://127.0.0.1:0"),
      askStreams("ws"),
      askStreams("srun+http"),
      answerDatagrams(),
      answerStreams(),
      tryFiles(),
    ]);
  } finally {
    for (const child of running) child.kill("SIGKILL");
    await Deno.remove(folder, { recursive: true });
  }
  return counts;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Waits for something, but no longer than some ms; rejects if it does. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function main(): Promise<void> {
  const [executable = "", ...flags] = Deno.args;
  const counts = await fuzzExecutable({
    ...readNumbers(flags, { seconds: 60, seed: 1 }),
    executable: await Deno.realPath(executable),
  });
  console.log(JSON.stringify(counts));
}

if (import.meta.main) {
  await reportFailure(main());
  // After a failure sockets may still be open.
  Deno.exit();
}
