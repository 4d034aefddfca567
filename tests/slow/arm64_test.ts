import { assertEquals } from "@std/assert";
import { missing, quote, sh, startGateway, unless } from "../harness.ts";

const binary = decodeURIComponent(
  new URL("../../dist/lifesign-aarch64-unknown-linux-gnu", import.meta.url)
    .pathname,
);

/** Where arm64's libc and libgcc are unpacked. */
const sysroot = Deno.env.get("LIFESIGN_TEST_SYSROOT");

/** Why the executable can't be tried; `undefined` if it can. */
const obstacle = !exists(binary)
  ? "no dist/lifesign-aarch64-unknown-linux-gnu"
  : sysroot === undefined
  ? "LIFESIGN_TEST_SYSROOT is not set"
  : await missing("qemu-aarch64-static");

const emulated = unless(obstacle);

emulated.test("the arm64 executable tells alive, dead and silent", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using deaf = await startGateway("--loss", "1");
  const rows: [address: string, uid: string, code: number][] = [
    [gateway.address, "77", 0],
    [gateway.address, "78", 10],
    [deaf.address, "77", 20],
  ];
  for (const [address, uid, code] of rows) {
    const command = `qemu-aarch64-static ${quote(binary)} check`;
    const outcome = await sh(`${command} -g ${address} -u ${uid} -n 2`, {
      env: { QEMU_LD_PREFIX: sysroot! },
    });
    assertEquals(outcome.code, code, outcome.stdout + outcome.stderr);
  }
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
