import { assert, assertEquals } from "@std/assert";
import { compileStatic } from "../../scripts/static/build.ts";
import { compileProgram } from "../../scripts/static/unit_tests.ts";
import { staticTargets } from "../../scripts/static/targets.ts";
import {
  condition,
  createFolder,
  missing,
  quote,
  runSteps,
  sh,
  sideBySide,
  unless,
} from "../harness.ts";

const project = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);

/** The tests of the executable that run on every processor. */
const selection = ["check", "config", "exit_codes", "gateway", "run", "streams"]
  .map((name) => `tests/${name}_test.ts`);

/** What QEMU's emulation of Linux can't do for the other order of bytes: netlink, by which a process learns the addresses of its machine. */
const needsNetlink = "tests/streams_test.ts";

/** The target that runs here as it is. */
const own = `${Deno.build.arch}-unknown-linux-musl`;

/** How many of them run at a time: most of them wait. */
const most = 4;

/** Where the executable for a target is. */
const pathOf = (target: string) => `${project}dist/lifesign-${target}`;

/** Why a target can't be tried; `undefined` if it can. */
async function obstacleTo(target: string): Promise<string | undefined> {
  if (!exists(pathOf(target))) return `no dist/lifesign-${target}`;
  const { qemu } = staticTargets[target]!;
  return target === own ? undefined : await missing(`qemu-${qemu}-static`);
}

Deno.test({
  name: "the static build passes the tests of the executable",
  ...sideBySide,
  async fn(t) {
    const targets = Object.keys(staticTargets);
    const steps = await Promise.all(targets.map(async (target) => {
      const obstacle = await obstacleTo(target);
      return groupsFor(target).map((files, at) => ({
        ...condition(obstacle, `${target}, ${at + 1}`),
        fn: () => testOn(target, files),
      }));
    }));
    await runSteps(t, most, steps.flat());
  },
});

/** How many groups all tests of the executable are run in. */
const ownGroups = 4;

/** The files to test a target with; each group runs in a process of its own. */
function groupsFor(target: string): string[][] {
  if (target === own) {
    const groups = Object.groupBy(
      blackBox().map((file, at) => ({ file, group: at % ownGroups })),
      ({ group }) => group,
    );
    return Object.values(groups).map((group) => group!.map(({ file }) => file));
  }
  const { isBigEndian = false } = staticTargets[target]!;
  return [
    selection.filter((file) => !isBigEndian || file !== needsNetlink),
  ];
}

/** All quick tests of the executable but those that are about Deno's. */
function blackBox(): string[] {
  return Array.from(Deno.readDirSync("tests"), ({ name }) => name)
    .filter((name) =>
      name.endsWith("_test.ts") && name !== "executable_test.ts"
    )
    .map((name) => `tests/${name}`).toSorted();
}

async function testOn(target: string, files: string[]): Promise<void> {
  await using folder = await createFolder();
  // The tests tell it by its name.
  const script = `${folder.path}/lifesign-${target}`;
  const { qemu, least } = staticTargets[target]!;
  const emulator = target === own ? "" : `qemu-${qemu}-static -cpu ${least} `;
  const command = `exec ${emulator}${quote(pathOf(target))} "$@"`;
  await Deno.writeTextFile(script, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--no-check", "--quiet"],
      ...["--preload=./tests/time_limit.ts", ...files],
    ],
    cwd: project,
    env: {
      NO_COLOR: "1",
      LIFESIGN_EXECUTABLE: target === own ? pathOf(target) : script,
      LIFESIGN_TEST_EMULATED: target === own ? "0" : "1",
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert(success, text.slice(-8000));
}

/** Tests that compile; where nobody has done so they would have to download a compiler. */
const compiling = unless(
  exists(`${project}dist/.static/zig`)
    ? undefined
    : "no dist/.static, which `task compile --target TARGET` makes",
);

compiling.test("the static build runs the unit tests of lib/", async () => {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/static/unit_tests.ts"],
    cwd: project,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stdout).slice(-8000));
});

compiling.test("memory.c gives back no piece in use, however large the kernel's pages are", async () => {
  await using folder = await createFolder();
  const tools = `${project}dist/.static`;
  const cache = `${tools}/zig-cache`;
  const env = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const source = `${project}lib/runtime/native/memory_test.c`;
  for (const page of [4096, 16_384, 65_536]) {
    const compile = `${
      quote(`${tools}/zig/zig`)
    } cc -D_GNU_SOURCE -DPAGE=${page}`;
    const outcome = await sh(
      `${compile} -isystem ${quote(`${tools}/engine`)} ${quote(source)} \\
        -o ${quote(`${folder.path}/test`)} && ${quote(`${folder.path}/test`)}`,
      { env },
    );
    const name = `pages of ${page} bytes`;
    assertEquals({ name, ...outcome }, {
      name,
      code: 0,
      stdout: "0 changed, some given\n",
      stderr: "",
    });
  }
});

compiling.test("a process that has given up programs and files can't have them, whatever asks, and none runs text", async () => {
  const path = await compileProgram(own, "rights", {
    main: ["scripts/static/rights_program.ts"],
  });
  await using folder = await createFolder({ file: "of somebody else" });
  await Deno.mkdir(`${folder.path}/kept`);
  const args = [`${folder.path}/kept`];
  const { stdout } = await new Deno.Command(path, { args }).output();
  const { isLimited, files, ...rest } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  assertEquals(rest, {
    before: "done",
    isKept: true,
    spawn: "EPERM",
    command: "NotCapable",
    file: "done",
    eval: "TypeError",
    Function: "TypeError",
  });
  const refused = isLimited ? "EACCES" : "done";
  assertEquals(files, {
    keep: "done",
    replace: "done",
    list: "done",
    zone: "done",
    make: refused,
    read: refused,
    remove: refused,
    // The first version of Landlock answers that it is another device.
    move: isLimited && files.move === "EXDEV" ? "EXDEV" : refused,
  });
});

compiling.test("a fault that the program has caught is told at once, and holds up no timer", async () => {
  const path = await compileProgram(own, "faults", {
    main: ["scripts/static/faults_program.ts"],
  });
  const { code, stdout } = await new Deno.Command(path).output();
  assertEquals(
    [code, new TextDecoder().decode(stdout)],
    [0, '["error","timer","rejection"]\n'],
  );
});

compiling.test("a signal is not lost in a flood of others that nobody has time for", async () => {
  const path = await compileProgram(own, "signals", {
    main: ["scripts/static/signals_program.ts"],
  });
  const { code, stdout } = await new Deno.Command(path).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "true\n"]);
});

compiling.test("compileStatic() makes the same bytes of the same sources, wherever it works", async () => {
  await using folder = await createFolder();
  const sumOf = async (output: string) => {
    const bytes = await Deno.readFile(output);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  };
  // What was compiled before is taken here, and compiled anew there.
  const here = `${folder.path}/here`;
  await compileStatic({ target: own, output: here });
  const work = `${folder.path}/another folder`;
  await Deno.mkdir(work);
  // They are pinned by hash, and large.
  for (const supply of ["zig", "quickjs"]) {
    await Deno.symlink(`${project}dist/.static/${supply}`, `${work}/${supply}`);
  }
  const there = `${work}/lifesign`;
  await compileStatic({ target: own, output: there, folder: work });
  assertEquals(await sumOf(here), await sumOf(there));
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
