import { assert, assertEquals } from "@std/assert";
import { compile } from "../scripts/compile.ts";
import { lifesign, quote, sh, startGateway } from "./harness.ts";

/**
 * How many instructions a whole `check` may take for each of the floor program.
 * They are counted, not timed: two counts differ by less than a thousandth. It
 * is 1.33 today, and with the code of all commands 1.41.
 */
const limit = 1.36;

const floor = `${lifesign}-floor`;

const isThere = (await sh("valgrind --version")).code === 0;
const isKnown = Deno.build.arch === "x86_64";
const reason = isThere && isKnown
  ? ""
  : ` (skipped: ${isThere ? "counted on x86-64" : "no valgrind"})`;

Deno.test({
  name: `check starts with little more work than its heartbeat takes${reason}`,
  ignore: reason !== "",
  async fn() {
    await compile({ main: "scripts/bench/startup_floor.ts", output: floor });
    await using gateway = await startGateway();
    const least = await instructionsOf([floor, gateway.address, "77"]);
    const whole = await instructionsOf(
      [lifesign, ..."check -q -t 30s -u 77 -g".split(" "), gateway.address],
    );
    const ratio = whole / least;
    assert(
      ratio <= limit,
      `check takes ${whole} instructions, ${
        ratio.toFixed(3)
      } times the ${least} of the floor program: what does it load that it has no use for?`,
    );
  },
});

/** Counts what a program executes in user space, from its start to its end. */
async function instructionsOf(command: readonly string[]): Promise<number> {
  const flags = "--cache-sim=no --cachegrind-out-file=/dev/null";
  const { code, stderr } = await sh(
    `valgrind --tool=cachegrind ${flags} ${command.map(quote).join(" ")}`,
  );
  assertEquals(code, 0, stderr);
  const [, count = ""] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  return Number(count.replaceAll(",", ""));
}
