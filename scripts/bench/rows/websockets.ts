/**
 * WebSockets that are held, from 1 to 1,000 of them in one `run` of each build:
 * their memory, and the CPU time of a heartbeat, a ping and its pong.
 *
 * @module
 */
import { createFolder, lifesign } from "../../../tests/harness.ts";
import { cpuTimeOf, memoryOf } from "../../../tests/proc.ts";
import { compileLifesign } from "../../compile.ts";
import { launch, needDescriptors, sleep } from "../programs.ts";
import { countOf, type Extent, type Row, rowOf } from "../row.ts";

/** The numbers of connections, and the interval of heartbeats in s. */
const plans = {
  full: { sizes: [1, 10, 100, 1_000], interval: 15 },
  quick: { sizes: [1, 10, 100], interval: 5 },
};

/** The figures of a `run`. */
interface Figures {
  /** Its anonymous memory between two heartbeats, in KB: what it shares with others of its kind is not counted. */
  readonly memory: number;
  /** The CPU time of a heartbeat in µs. */
  readonly cpu: number;
}

/** Measures the Deno build and the static build. */
export async function websocketRows({ isQuick }: Extent): Promise<Row[]> {
  const { sizes, interval } = plans[isQuick ? "quick" : "full"];
  await needDescriptors(4 * sizes.at(-1)! + 100);
  const target = `${Deno.build.arch}-unknown-linux-musl`;
  const executables = [lifesign, await compileLifesign(target)];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => Deno.upgradeWebSocket(request).response,
  );
  const { port } = server.addr;
  const all = await Promise.all(
    sizes.map((sessions) =>
      Promise.all(
        executables.map((executable) =>
          measure(executable, { port, sessions, interval })
        ),
      )
    ),
  );
  return sizes.flatMap((sessions, at) => {
    const [own, small] = all[at]!;
    const count = countOf(sessions);
    const row = (what: string, unit: string, of: (it: Figures) => number) =>
      rowOf({
        what: `${what}, ${count}`,
        unit,
        lifesign: [of(own!)],
        peer: "static build",
        others: [of(small!)],
      });
    return [
      row(
        "`run` with WebSockets, anonymous memory",
        "MB",
        ({ memory }) => memory * 1024 / 1e6,
      ),
      row("CPU time of a ping", "µs", ({ cpu }) => cpu),
    ];
  });
}

/** Looks at the third interval of a `run`, when all is open and warm. */
async function measure(
  executable: string,
  { port, sessions, interval }: {
    readonly port: number;
    readonly sessions: number;
    readonly interval: number;
  },
): Promise<Figures> {
  const sections = Array.from(
    { length: sessions },
    (_, k) => `[s${k}]\ntarget = ws://127.0.0.1:${port}/${k}\n`,
  );
  await using folder = await createFolder({
    conf: `interval = ${interval}s\ncount = 6\n${sections.join("")}`,
  });
  await using agent = launch(executable, [
    ...["run", "-q", "-c", `${folder.path}/conf`],
  ]);
  const { pid } = agent;
  await sleep(interval * 2_250);
  const before = cpuTimeOf(pid);
  await sleep(interval * 500);
  const memory = memoryOf(pid).anonymous;
  await sleep(interval * 500);
  const cpu = (cpuTimeOf(pid) - before) * 1e3 / sessions;
  return { memory, cpu };
}
