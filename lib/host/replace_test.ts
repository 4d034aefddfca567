import { assert, assertEquals } from "@std/assert";
import { createReplacer } from "./replace.ts";
import { createFolder } from "./test_folder.ts";
import { runScript, startScript, unprivileged } from "./test_process.ts";

const options = { mode: 0o644, isDurable: false };

/** The names in a folder, in their order. */
function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

function modeOf(path: string): number {
  return Deno.lstatSync(path).mode! & 0o7777;
}

Deno.test("replace() makes a file and replaces it, with its mode whatever the umask is", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/file`;
  const replace = createReplacer();
  const rows: [
    text: string | string[],
    mode: number,
    isDurable: boolean,
  ][] = [
    ["first\n", 0o600, false],
    [["one ", "", "twö\u{1f980} ".repeat(50_000), "three"], 0o644, false],
    [[], 0o644, false],
    ["sécond\n", 0o644, true],
    ["", 0o600, true],
    ["x".repeat(1_000_000), 0o644, false],
  ];
  const before = Deno.umask(0o077);
  try {
    for (const [text, mode, isDurable] of rows) {
      assertEquals(await replace(path, text, { mode, isDurable }), null);
      assertEquals(await Deno.readTextFile(path), [...text].join(""));
      assertEquals(modeOf(path), mode);
      assertEquals(namesIn(folder.path), ["file"]);
    }
  } finally {
    Deno.umask(before);
  }
});

Deno.test("replace() leaves the old file alone, whoever has it open", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "old");
  await Deno.link(path, `${folder.path}/other`);
  using reader = await Deno.open(path);
  assertEquals(await createReplacer()(path, "new", options), null);
  const buffer = new Uint8Array(9);
  assertEquals(await reader.read(buffer), 3);
  assertEquals(await Deno.readTextFile(`${folder.path}/other`), "old");
});

Deno.test("replace() replaces a link itself, and writes nowhere else", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/inner`);
  await Deno.writeTextFile(`${path}/inner/target`, "precious");
  await Deno.symlink("inner/target", `${path}/link`);
  await Deno.symlink("inner/absent", `${path}/dangling`);
  const replace = createReplacer();
  for (const name of ["link", "dangling"]) {
    assertEquals(await replace(`${path}/${name}`, "new", options), null);
    assert(Deno.lstatSync(`${path}/${name}`).isFile);
  }
  assertEquals(namesIn(`${path}/inner`), ["target"]);
  const precious = await Deno.readTextFile(`${path}/inner/target`);
  assertEquals(precious, "precious");
});

Deno.test("replace() returns a fault for what must not be replaced, and leaves nothing behind", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/folder`);
  await new Deno.Command("mkfifo", { args: [`${path}/pipe`] }).output();
  await Deno.writeTextFile(`${path}/file`, "old");
  await Deno.symlink("folder", `${path}/link`);
  await Deno.symlink("loop", `${path}/loop`);
  using _listener = Deno.listen({ transport: "unix", path: `${path}/socket` });
  const before = namesIn(path);
  const rows: [path: string, code: string, message: string][] = [
    [`${path}/folder`, "EISDIR", "it is a directory"],
    [`${path}/folder/`, "EISDIR", "it is a directory"],
    [`${path}/link`, "EISDIR", "it is a directory"],
    [`${path}/pipe`, "EINVAL", "it is no regular file"],
    [`${path}/socket`, "EINVAL", "it is no regular file"],
    ["/dev/null", "EINVAL", "it is no regular file"],
    [`${path}/loop`, "ELOOP", "its symbolic links go in a circle"],
    [`${path}/absent/file`, "ENOENT", "its folder does not exist"],
    [`${path}/file/file`, "ENOTDIR", "a part of its path is no folder"],
    [`${path}/${"x".repeat(300)}`, "ENAMETOOLONG", "its name is too long"],
  ];
  const replace = createReplacer();
  for (const [path, code, message] of rows) {
    const fault = await replace(path, "new", options);
    assertEquals(fault, { code, message }, path);
  }
  assertEquals(namesIn(path), before);
  assertEquals(await Deno.readTextFile(`${path}/file`), "old");
});

Deno.test("replace() keeps what is not whole yet, however its folder is spelled", async () => {
  await using folder = await createFolder();
  const replace = createReplacer();
  const { promise: others, resolve } = Promise.withResolvers<void>();
  function* slow() {
    yield "x";
    // It is on the way to the disk.
    const paths = ["/two", "/./three", "//four"];
    const all = paths.map((path) =>
      replace(`${folder.path}${path}`, "y", options)
    );
    Promise.all(all).then(() => resolve(), resolve);
    yield* Array.from({ length: 100 }, () => "x".repeat(100_000));
  }
  assertEquals(await replace(`${folder.path}/one`, slow(), options), null);
  await others;
  assertEquals(namesIn(folder.path), ["four", "one", "three", "two"]);
});

Deno.test("replace() returns a fault where this user may not write", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.chmod(path, 0o555);
  const { stdout, stderr } = await runScript(
    `
      import { createReplacer } from "./replace.ts";
      const options = { mode: 0o600, isDurable: false };
      const { code, message } = await createReplacer()("${path}/file", "", options);
      console.log(code, message);
    `,
    unprivileged,
  );
  const message = "EACCES making a file in its folder is not permitted\n";
  assertEquals([stdout, stderr], [message, ""]);
});

Deno.test("replace() removes what killed processes have left, and nothing else", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  // The process 1 is always there, the other one never.
  const [alive, dead, ours] = [1, 2 ** 22 + 1, Deno.pid];
  const kept = [
    `.lifesign-${alive}-00000000.tmp`,
    `.lifesign-${dead}-0000000.tmp`,
    `.lifesign-${dead}-00000000.tmp.bak`,
    `lifesign-${dead}-00000000.tmp`,
  ];
  const gone = [
    `.lifesign-${dead}-00000000.tmp`,
    `.lifesign-${dead}-89abcdef.tmp`,
    `.lifesign-${ours}-00000000.tmp`,
  ];
  for (const name of [...kept, ...gone]) {
    await Deno.writeTextFile(`${path}/${name}`, "");
  }
  const link = `.lifesign-${dead}-11111111.tmp`;
  await Deno.symlink("/etc/passwd", `${path}/${link}`);
  const replace = createReplacer();
  // Both at once: none removes what the other one is making.
  const faults = await Promise.all(
    ["a", "b"].map((name) => replace(`${path}/${name}`, "new", options)),
  );
  assertEquals(faults, [null, null]);
  assertEquals(namesIn(path), [...kept, link, "a", "b"].sort());
});

Deno.test("replace() leaves files whole when its process is killed, 1,000 of them", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  const targets = Array.from({ length: 40 }, (_, n) => `${path}/${n}`);
  const whole = /^(\d+)\n(\1x{20000}\n){3}$/;
  for (let round = 0; round < 25; round++) {
    await using writer = startScript(`
      import { createReplacer } from "./replace.ts";
      const replace = createReplacer();
      const options = { mode: 0o644, isDurable: false };
      let ready = 0;
      for (const path of ${JSON.stringify(targets)}) (async () => {
        for (let n = 0;; n++) {
          const line = n + "x".repeat(20000) + "\\n";
          const fault = await replace(path, n + "\\n" + line.repeat(3), options);
          if (fault !== null) throw new Error(fault.message);
          if (n === 0 && ++ready === ${targets.length}) console.log("ready");
        }
      })();
    `);
    assertEquals(await writer.line(), "ready");
    writer.kill("SIGKILL");
    const { stderr } = await writer.end();
    assertEquals(stderr, "");
    for (const target of targets) {
      assert(whole.test(await Deno.readTextFile(target)), target);
    }
  }
  assertEquals(await createReplacer()(targets[0]!, "", options), null);
  assertEquals(namesIn(path).length, targets.length);
});
