import { assert, assertEquals } from "@std/assert";
import { compile } from "../../scripts/compile.ts";
import { lifesign, missing, unless } from "../harness.ts";
import { type Host, obstacle, openNetwork } from "../netns/network.ts";

/**
 * How many instructions a whole `check` may take for each of the floor program.
 * They are counted, not timed: two counts differ by less than a thousandth. It
 * is 1.45 today. It was 1.34 before deaths were asked about on decoys, and 1.42
 * before streams: settings and targets to read, none of which runs for srun.
 */
const limit = 1.49;

const floor = `${lifesign}-floor`;

const gateway = "127.0.0.1:3335";

const counted = unless(
  Deno.build.arch === "x86_64"
    ? await missing("valgrind") ?? await obstacle()
    : "instructions are counted on x86-64",
);

counted.test("check starts with little more work than its heartbeat takes", async () => {
  await compile({ main: "scripts/bench/peers/floor.ts", output: floor });
  // Where others use up the ports, the floor program can't bind one.
  await using network = await openNetwork();
  const { near } = network;
  await near.start([lifesign, "gateway", "--listen", gateway]).line();
  const [, port = ""] = gateway.split(":");
  const least = await instructionsOf(near, [floor, "check", port]);
  const whole = await instructionsOf(
    near,
    [lifesign, ..."check -q -t 30s -u 77 -g".split(" "), gateway],
  );
  const ratio = whole / least;
  assert(
    ratio <= limit,
    `check takes ${whole} instructions, ${
      ratio.toFixed(3)
    } times the ${least} of the floor program: what does it load that it has no use for?`,
  );
});

/** Counts what a program executes in user space, from its start to its end. */
async function instructionsOf(
  host: Host,
  command: readonly string[],
): Promise<number> {
  const flags = "--cache-sim=no --cachegrind-out-file=/dev/null".split(" ");
  const { code, stderr } = await host.run(
    ["valgrind", "--tool=cachegrind", ...flags, ...command],
  );
  assertEquals(code, 0, stderr);
  const [, count = ""] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  return Number(count.replaceAll(",", ""));
}
