/**
 * `check` as a whole process, from its start to its end.
 *
 * @module
 */
import { lifesign, missing, quote, sh } from "../../../tests/harness.ts";
import { openGateway, pathOf, scriptOf } from "../programs.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

/** What a process took. */
export interface Taken {
  /** Its wall time in ms. */
  readonly wall: number;
  /** Its CPU time in ms. */
  readonly cpu: number;
  /** Its peak memory in KB. */
  readonly peak: number;
}

const uid = "77";

/** Measures `check`, bare programs that do the same, and a portal. */
export async function checkRows({ samples }: Extent): Promise<Row[]> {
  await using gateway = await openGateway();
  await using portal = openPortal();
  const port = `${gateway.port}`;
  const host = "127.0.0.1";
  const commands = {
    lifesign: [lifesign, "check", "-q", "-g", gateway.address, "-u", uid],
    portal: [lifesign, "check", "-q", portal.target],
    floor: [pathOf("floor"), "check", port],
    Python: ["python3", "-SE", scriptOf("check"), host, port, uid],
    ...await missing("fping") === undefined &&
      { fping: ["fping", "-q", "-c1", host] },
  };
  const turns = await timeInTurns(commands, samples);
  const peers = Object.keys(commands)
    .filter((name) => name !== "lifesign" && name !== "portal");
  const rows = (["wall", "cpu"] as const).flatMap((kind) =>
    peers.map((peer) =>
      rowOf({
        what: `\`check\`, ${kind === "wall" ? "wall" : "CPU"} time`,
        unit: "ms",
        lifesign: turns.map((turn) => turn.lifesign![kind]),
        peer,
        others: turns.map((turn) => turn[peer]![kind]),
        ...peer === "floor" && { wanted: { of: "ratio", atMost: 1.25 } },
      })
    )
  );
  return [
    ...rows,
    rowOf({
      what: "`check` of `srun+http://`, CPU time",
      unit: "ms",
      lifesign: turns.map((turn) => turn.portal!.cpu),
      peer: "`srun://`",
      others: turns.map((turn) => turn.lifesign!.cpu),
      wanted: { of: "ratio", atMost: 1.3 },
    }),
  ];
}

/** Starts a portal of SRUN on a free port, where the session is alive. */
function openPortal(): AsyncDisposable & { readonly target: string } {
  const answer = 'lifesign({"error":"ok","user_name":"alice"})';
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(answer),
  );
  return {
    target: `srun+http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Runs commands one after the other, again and again; they have to succeed. */
export async function timeInTurns(
  commands: Readonly<Record<string, readonly string[]>>,
  samples: number,
): Promise<Record<string, Taken>[]> {
  // The first turn only warms up.
  const turns = await Array.fromAsync({ length: samples + 1 }, async () => {
    const taken: Record<string, Taken> = {};
    for (const [name, command] of Object.entries(commands)) {
      taken[name] = await time(command);
    }
    return taken;
  });
  return turns.slice(1);
}

/** Runs a command that has to succeed. */
async function time(command: readonly string[]): Promise<Taken> {
  const words = [pathOf("stopwatch"), ...command].map(quote);
  const { stdout, stderr } = await sh(`exec ${words.join(" ")}`);
  const [wall, cpu, code, peak] = stdout.split(" ").map(Number);
  if (code !== 0) {
    throw new Error(
      `Cannot time ${command[0]}: it ended with ${code} ${stderr}`,
    );
  }
  return { wall: wall! / 1e3, cpu: cpu! / 1e3, peak: peak! };
}
