/**
 * `check` as a whole process, from its start to its end.
 *
 * @module
 */
import { lifesign, missing, quote, sh } from "../../../tests/harness.ts";
import { openGateway, pathOf, scriptOf } from "../programs.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

/** The time of a process, in ms. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

const uid = "77";

/** Measures `check` and bare programs that do the same. */
export async function checkRows({ samples }: Extent): Promise<Row[]> {
  await using gateway = await openGateway();
  const port = `${gateway.port}`;
  const host = "127.0.0.1";
  const commands = {
    lifesign: [lifesign, "check", "-q", "-g", gateway.address, "-u", uid],
    floor: [pathOf("floor"), "check", port],
    Python: ["python3", "-SE", scriptOf("check"), host, port, uid],
    ...await missing("fping") === undefined &&
      { fping: ["fping", "-q", "-c1", host] },
  };
  // The first turn only warms up.
  const turns = (await Array.fromAsync({ length: samples + 1 }, async () => {
    const taken: Record<string, Taken> = {};
    for (const [name, command] of Object.entries(commands)) {
      taken[name] = await time(command);
    }
    return taken;
  })).slice(1);
  const limits: Record<string, number> = { floor: 1.25, Python: 1.2 };
  const peers = Object.keys(commands).filter((name) => name !== "lifesign");
  return (["wall", "cpu"] as const).flatMap((kind) =>
    peers.map((peer) =>
      rowOf({
        what: `\`check\`, ${kind === "wall" ? "wall" : "CPU"} time`,
        unit: "ms",
        lifesign: turns.map((turn) => turn.lifesign![kind]),
        peer,
        others: turns.map((turn) => turn[peer]![kind]),
        ...peer in limits && {
          wanted: { of: "ratio", atMost: limits[peer]! },
        },
      })
    )
  );
}

/** Runs a command that has to succeed. */
async function time(command: readonly string[]): Promise<Taken> {
  const words = [pathOf("stopwatch"), ...command].map(quote);
  const { stdout, stderr } = await sh(`exec ${words.join(" ")}`);
  const [wall, cpu, code] = stdout.split(" ").map(Number);
  if (code !== 0) {
    throw new Error(
      `Cannot time ${command[0]}: it ended with ${code} ${stderr}`,
    );
  }
  return { wall: wall! / 1e3, cpu: cpu! / 1e3 };
}
