import { assertEquals } from "@std/assert";
import { quote, sh, startGateway } from "../harness.ts";

const binary = decodeURIComponent(
  new URL("../../dist/lifesign-aarch64-unknown-linux-gnu", import.meta.url)
    .pathname,
);

/** Where arm64's libc and libgcc are unpacked. */
const sysroot = Deno.env.get("LIFESIGN_TEST_SYSROOT");

const emulator = await sh("command -v qemu-aarch64-static");

/** Why the executable can't be tried; `undefined` if it can. */
const obstacle = !exists(binary)
  ? "there is no dist/lifesign-aarch64-unknown-linux-gnu"
  : emulator.code !== 0
  ? "there is no qemu-aarch64-static"
  : sysroot === undefined
  ? "LIFESIGN_TEST_SYSROOT is not set"
  : undefined;
if (obstacle) {
  console.log(`arm64_test.ts skips the arm64 executable: ${obstacle}`);
}

Deno.test({
  name: "the arm64 executable tells alive, dead and silent",
  ignore: obstacle !== undefined,
  async fn() {
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
  },
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
