import { assert, assertEquals } from "@std/assert";
import { type FileContent, isFault } from "../world.ts";
import { createFiles } from "./files.ts";
import { createFolder } from "./test_folder.ts";
import { runScript, unprivileged } from "./test_process.ts";

const files = createFiles();
const longest = 64 * 1024;

const options = { longest, pipes: true };

/** Reads a file that can be read, as text. */
async function read(
  path: string,
): Promise<Omit<FileContent, "bytes"> & { text: string }> {
  const file = await files.read(path, options);
  if (isFault(file)) throw new Error(`${file.code}: ${file.message}`);
  const { bytes, ...rest } = file;
  return { text: new TextDecoder().decode(bytes), ...rest };
}

Deno.test("read() returns all bytes", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/file`;
  const rows: [content: string | number[], text: string][] = [
    ["", ""],
    ["77\n", "77\n"],
    ["gateway = gätewäy\r\n", "gateway = gätewäy\r\n"],
    ["\u{feff}77", "77"],
    [[0x37, 0xff, 0x37, 0x00], "7\u{fffd}7\0"],
    ["x".repeat(longest), "x".repeat(longest)],
  ];
  for (const [content, text] of rows) {
    await Deno.writeFile(
      path,
      typeof content === "string"
        ? new TextEncoder().encode(content)
        : Uint8Array.from(content),
    );
    assertEquals((await read(path)).text, text);
  }
});

Deno.test("read() tells whose file it is and who may do what, also behind a link", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/file`;
  const link = `${folder.path}/link`;
  await Deno.writeTextFile(path, "77");
  await Deno.symlink(path, link);
  for (const mode of [0o600, 0o644, 0o666, 0o4755, 0o1777]) {
    await Deno.chmod(path, mode);
    const file = { text: "77", isRegular: true, owner: files.user, mode };
    assertEquals(await read(path), file);
    assertEquals(await read(link), file);
  }
  assertEquals(files.user, Deno.uid());
});

Deno.test("read() returns a fault for what can't be read", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/file`, "77");
  await Deno.symlink("loop", `${path}/loop`);
  await Deno.symlink("gone", `${path}/dangling`);
  using _listener = Deno.listen({ transport: "unix", path: `${path}/socket` });
  await Deno.writeTextFile(`${path}/long`, "x".repeat(longest + 1));
  const neither = "it is neither a file nor a pipe";
  const rows: [path: string, code: string, message: string | RegExp][] = [
    [`${path}/absent`, "ENOENT", "there is no such file"],
    [`${path}/dangling`, "ENOENT", "there is no such file"],
    ["", "ENOENT", "there is no such file"],
    [path, "EISDIR", "it is a directory"],
    [`${path}/loop`, "ELOOP", "its symbolic links go in a circle"],
    [`${path}/socket`, "EINVAL", neither],
    ["/dev/null", "EINVAL", neither],
    [`${path}/long`, "EFBIG", "it is longer than 64 KiB"],
    [`${path}/file/file`, "ENOTDIR", "a part of its path is no folder"],
    [`${path}/${"x".repeat(300)}`, "ENAMETOOLONG", "its name is too long"],
    [`${path}/a\0b`, "EINVAL", /NUL/],
  ];
  for (const [path, code, message] of rows) {
    const fault = await files.read(path, options);
    assert(isFault(fault), path);
    assertEquals(fault.code, code);
    if (typeof message === "string") assertEquals(fault.message, message);
    else assert(message.test(fault.message), fault.message);
  }
});

Deno.test("read() returns a fault for what this user may not read", async () => {
  await using folder = await createFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/file`, "77");
  await Deno.chmod(`${path}/file`, 0);
  await Deno.mkdir(`${path}/locked`);
  await Deno.chmod(`${path}/locked`, 0);
  const { stdout, stderr } = await runScript(
    `
      import { createFiles } from "./files.ts";
      const files = createFiles();
      for (const name of ["file", "locked/file"]) {
        const { code, message } = await files.read("${path}/" + name, { longest: 9, pipes: false });
        console.log(code, message);
      }
    `,
    unprivileged,
  );
  // Only root could remove what is in there.
  await Deno.chmod(`${path}/locked`, 0o700);
  const line = "EACCES reading it is not permitted\n";
  assertEquals([stdout, stderr], [line + line, ""]);
});

Deno.test("read() waits for the writer of a pipe, who may take its time", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/pipe`;
  const made = await new Deno.Command("mkfifo", { args: ["-m640", path] })
    .output();
  assert(made.success);
  // It opens the pipe before it is told to go on.
  const writer = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec >"$0"; printf first; read word; printf " $word"', path],
    stdin: "piped",
  }).spawn();
  const reading = read(path);
  const stdin = writer.stdin.getWriter();
  await stdin.write(new TextEncoder().encode("second\n"));
  assertEquals(await reading, {
    text: "first second",
    isRegular: false,
    owner: files.user,
    mode: 0o640,
  });
  await stdin.close();
  assert((await writer.status).success);
});

Deno.test("read() refuses a pipe that never ends, and any pipe if told to", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/pipe`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  assertEquals(await files.read(path, { longest, pipes: false }), {
    code: "PIPE",
    message: "it is a pipe, expected a file",
  });
  const writer = new Deno.Command("/bin/sh", {
    args: ["-c", 'yes >"$0"', path],
    stderr: "null",
  }).spawn();
  assertEquals(await files.read(path, options), {
    code: "EFBIG",
    message: "it is longer than 64 KiB",
  });
  await writer.status;
});

Deno.test("read() does not wait for the writer of a pipe that is too long already", async () => {
  await using folder = await createFolder();
  const path = `${folder.path}/pipe`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  const script = `exec >"$0"; head -c ${longest + 1} /dev/zero; read word`;
  const writer = new Deno.Command("/bin/sh", {
    args: ["-c", script, path],
    stdin: "piped",
  }).spawn();
  assertEquals(await files.read(path, options), {
    code: "EFBIG",
    message: "it is longer than 64 KiB",
  });
  // It ends when nothing more can come.
  await writer.stdin.close();
  await writer.status;
});

Deno.test("read() reads stdin to its end", async () => {
  const script = `
    import { createFiles } from "./files.ts";
      const files = createFiles();
    const { bytes, ...rest } =
      await files.read("-", { longest: ${longest}, pipes: true });
    const text = bytes && new TextDecoder().decode(bytes);
    console.log(JSON.stringify({ text, ...rest }));
  `;
  const rows: [stdin: string, shell: string, text: string][] = [
    ["77\n", `exec "$@"`, "77\n"],
    ["", `exec "$@"`, ""],
    ["x".repeat(longest), `exec "$@"`, "x".repeat(longest)],
    ["", `{ echo first; echo second; } | "$@"`, "first\nsecond\n"],
    ["", `exec "$@" <&-`, ""],
    ["", `exec "$@" </dev/null`, ""],
  ];
  for (const [stdin, shell, text] of rows) {
    const { stdout, stderr } = await runScript(script, { stdin, shell });
    assertEquals(stderr, "");
    assertEquals(JSON.parse(stdout), {
      text,
      isRegular: false,
      owner: files.user,
      mode: 0o600,
    });
  }
});

Deno.test("read() returns a fault for a stdin that can't be read", async () => {
  const { stdout } = await runScript(
    `
      import { createFiles } from "./files.ts";
      const files = createFiles();
      console.log(JSON.stringify(
        await files.read("-", { longest: 9, pipes: true }),
      ));
    `,
    { shell: `exec "$@" </` },
  );
  assertEquals(JSON.parse(stdout), {
    code: "EISDIR",
    message: "it is a directory",
  });
});
