/**
 * `check` as a whole process, from its start to its end.
 *
 * @module
 */
import { lifesign } from "../../../tests/harness.ts";
import { type Extent, inTurn } from "../extent.ts";
import { openGateway, pathOf, scriptOf } from "../programs.ts";
import { type Row, rowOf } from "../row.ts";

/** What a process took, in ms. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

const uid = "77";

/** Measures `check` and what does the same with nothing around it. */
export async function checkRows({ samples }: Extent): Promise<Row[]> {
  await using gateway = await openGateway();
  const port = `${gateway.port}`;
  const host = "127.0.0.1";
  const commands = {
    lifesign: [lifesign, "check", "-q", "-g", gateway.address, "-u", uid],
    floor: [pathOf("floor"), "check", port],
    Python: ["python3", "-SE", scriptOf("check"), host, port, uid],
    ...await isThere("fping") && { fping: ["fping", "-q", "-c1", host] },
  };
  // The first turn only warms up.
  const turns = (await inTurn(samples + 1, async () => {
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
  const { stdout, stderr } = await new Deno.Command(pathOf("stopwatch"), {
    args: [...command],
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const [wall, cpu, code] = decoder.decode(stdout).split(" ").map(Number);
  if (code !== 0) {
    const reason = decoder.decode(stderr);
    throw new Error(
      `Cannot time ${command[0]}: it ended with ${code} ${reason}`,
    );
  }
  return { wall: wall! / 1e3, cpu: cpu! / 1e3 };
}

async function isThere(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("/bin/sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}
