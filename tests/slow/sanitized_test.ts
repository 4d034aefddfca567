import { assert, assertEquals } from "@std/assert";
import { fuzzExecutable } from "../../scripts/fuzz/executable.ts";
import { compileSanitized } from "../../scripts/static/sanitize.ts";
import { createFolder, sh, unless } from "../harness.ts";
import { tryFaults } from "./faults.ts";

const project = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);

/** The tests that are about the network, programs or large files, and what they are called; all if that is absent. */
const selection: readonly (readonly [file: string, filter?: string])[] = [
  ["check"],
  ["config", "/^run /"],
  ["gateway"],
  ["hooks"],
  ["report"],
  ["streams"],
];

/** How many places of each kind in each scene fail in turn. */
const places = 1;

/** How long to try bytes by chance, in s. */
const fuzzSeconds = 5;

/** Why there can't be a build with sanitizers; `undefined` if there can. */
async function obstacle(): Promise<string | undefined> {
  try {
    await Deno.stat(`${project}dist/.static/zig`);
  } catch {
    return "no dist/.static, which `task compile --target TARGET` makes";
  }
  await using folder = await createFolder({ "main.c": "int main() {}" });
  const compile = "gcc -fsanitize=address,undefined main.c -o main && ./main";
  const { code } = await sh(`cd '${folder.path}' && ${compile}`);
  return code === 0 ? undefined : "no gcc with its sanitizers";
}

const { test } = unless(await obstacle());

test("the static build makes no error in memory, and nothing undefined", async (t) => {
  const executable = await Deno.realPath(await compileSanitized());
  await using folder = await createFolder();
  // Tests know the static build by its name.
  const named = `${folder.path}/lifesign-musl`;
  await Deno.symlink(executable, named);
  await t.step("in the tests of the executable", async () => {
    // Most of them wait.
    await Promise.all(
      selection.map(([file, filter]) => runTests(named, file, filter)),
    );
  });
  await t.step("where calls of the system and allocations fail", async () => {
    const { tried, wrong } = await tryFaults(named, places);
    assertEquals(wrong, []);
    assert(tried > 50, `${tried} faults tried`);
  });
  await t.step("with bytes by chance from everywhere", async () => {
    const options = { executable: named, seconds: fuzzSeconds, seed: 1 };
    const { datagrams, connections, files } = await fuzzExecutable(options);
    assert(datagrams > 0 && connections > 0 && files > 0);
  });
});

/** Runs tests of the executable. */
async function runTests(
  executable: string,
  file: string,
  filter?: string,
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--no-check", "--quiet"],
      "--preload=./tests/time_limit.ts",
      ...filter === undefined ? [] : [`--filter=${filter}`],
      `tests/${file}_test.ts`,
    ],
    cwd: project,
    env: {
      NO_COLOR: "1",
      LIFESIGN_EXECUTABLE: executable,
      // What works a lot takes minutes here, too.
      LIFESIGN_TEST_EMULATED: "1",
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert(success, text.slice(-8000));
}
