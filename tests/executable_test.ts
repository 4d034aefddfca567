import { assert, assertEquals } from "@std/assert";
import {
  assertQuiet,
  createFolder,
  lifesign,
  missing,
  noNamespaces,
  quote,
  sh,
  startGateway,
  unless,
} from "./harness.ts";

const check = (address: string) =>
  `${quote(lifesign)} check -q -g ${address} -u 77`;

Deno.test("the executable starts with an empty environment in any folder", async () => {
  await using gateway = await startGateway();
  const outcome = await sh(`cd / && exec env -i ${check(gateway.address)}`);
  assertQuiet(outcome);
});

Deno.test("the executable leaves no file behind", async () => {
  await using gateway = await startGateway();
  await using folder = await createFolder();
  const env = {
    TMPDIR: folder.path,
    HOME: folder.path,
    XDG_CACHE_HOME: folder.path,
  };
  assertEquals((await sh(check(gateway.address), { env })).code, 0);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

const isolated = unless(await noNamespaces("-rm"));

isolated.test("the executable runs on a read-only file system", async () => {
  await using gateway = await startGateway();
  const script = `mount -o remount,bind,ro / &&
      { touch /lifesign-test 2>/dev/null && exit 99; ${
    check(gateway.address)
  }; }`;
  const outcome = await sh(`unshare -rm sh -c ${quote(script)}`);
  assertQuiet(outcome);
});

Deno.test("the executable survives closed standard streams", async () => {
  await using gateway = await startGateway();
  const outcome = await sh(`${check(gateway.address)} <&- >&- 2>&-`);
  assertEquals(outcome.code, 0);
  const noisy = `${quote(lifesign)} check -g ${gateway.address} -u 77`;
  const full = await sh(`${noisy} >/dev/full`);
  assertEquals(full.code, 0);
  assert(full.stderr.startsWith("lifesign: Cannot write to stdout: No space"));
  assertEquals((await sh(`${noisy} >&-`)).code, 0);
});

const withScript = unless(await missing("script"));

withScript.test("the executable asks for no permission on a terminal", async () => {
  // What it may not open is a mistake of the user's, not a question.
  const command = `${quote(lifesign)} check -g 127.0.0.1 -U /dev/full`;
  const { stdout } = await sh(
    `script -qec ${quote(command)} /dev/null; echo "ended with $?"`,
  );
  assert(stdout.includes("Cannot read the UID"), stdout);
  assert(stdout.includes("ended with 66"), stdout);
});
