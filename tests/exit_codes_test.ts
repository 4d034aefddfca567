import { assertEquals } from "@std/assert";
import { exitCodes } from "../lib/exit_code.ts";
import { createFolder, quote, sh, startGateway } from "./harness.ts";

Deno.test("every exit code is reached but 1, which is never chosen", async () => {
  await using alive = await startGateway("--uid", "77");
  await using deaf = await startGateway("--loss", "1");
  await using garbled = await startGateway("--garble", "tail");
  await using folder = await createFolder();
  // Long enough for an answer on the busiest machine.
  const quick = "-t 2s -n 1";
  const at = (address: string) => `-g ${address} -u 77 ${quick}`;
  const lock = quote(`${folder.path}/lock`);
  const scripts: Record<number, string> = {
    0: `lifesign check ${at(alive.address)}`,
    10: `lifesign check -g ${alive.address} -u 78 ${quick}`,
    20: `lifesign check -g ${deaf.address} -u 77 -t 50ms -n 1`,
    21: `lifesign check ${at(alive.address)} -b 192.0.2.1`,
    22: `lifesign check ${at("lifesign.invalid")}`,
    23: `lifesign check ${at(garbled.address)}`,
    30: `lifesign status --status-file ${quote(`${folder.path}/none`)}`,
    64: "lifesign chekc",
    66: `lifesign check -g ${alive.address} -U ${quote(`${folder.path}/none`)}`,
    73: `lifesign run ${at(alive.address)} --lock-file ${quote(folder.path)}`,
    75: `exec 9>${lock} && chmod 600 ${lock} && flock 9 &&
      lifesign run ${at(alive.address)} --lock-file ${lock} 9>&-`,
    78: `lifesign check -g ${alive.address} -u x`,
  };
  for (const [code, script] of Object.entries(scripts)) {
    const outcome = await sh(script);
    assertEquals(outcome.code, Number(code), script + outcome.stderr);
  }
  // 130 is the shell's word for a process that died of SIGINT: see run_test.ts.
  const reached = [...Object.keys(scripts).map(Number), 1, 130];
  assertEquals(
    reached.toSorted((a, b) => a - b),
    exitCodes.map(({ code }) => code),
  );
});
