import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Fault, isFault, type LockedFile } from "../world.ts";
import { createFiles } from "./files.ts";
import { inFolder } from "./test_folder.ts";
import { startScript } from "./test_process.ts";

const files = createFiles();

function lock(path: string): Promise<LockedFile | Fault> {
  return files.lock(path, { longest: 1000 });
}

function taken(found: LockedFile | Fault): LockedFile {
  assert(!isFault(found), isFault(found) ? found.message : "");
  return found;
}

function faultOf(found: LockedFile | Fault): Fault {
  assert(isFault(found));
  return found;
}

Deno.test("lock() makes a file for this user alone, and holds it until it is released", () =>
  inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const first = taken(await lock(path));
    assertEquals([first.bytes.length, first.mode], [0, 0o600]);
    assertEquals(first.overwrite("4711\n"), null);
    const second = faultOf(await lock(path));
    assertEquals(second, {
      code: "EWOULDBLOCK",
      message: "another process holds the lock, process 4711",
    });
    first.release();
    const third = taken(await lock(path));
    assertEquals(new TextDecoder().decode(third.bytes), "4711\n");
    third.overwrite("1");
    third.release();
    assertEquals(await Deno.readTextFile(path), "1");
  }));

Deno.test("lock() is free again when the process that held it was killed", () =>
  inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const other = startScript(`
      import { createFiles } from "./files.ts";
      await createFiles().lock(${JSON.stringify(path)}, { longest: 10 });
      console.log("locked");
      setInterval(() => {}, 1000);
    `);
    assertEquals(await other.line(), "locked");
    faultOf(await lock(path));
    other.kill("SIGKILL");
    await other.end();
    taken(await lock(path)).release();
  }));

Deno.test("lock() locks what is there, not what was replaced", () =>
  inFolder(async (folder) => {
    const path = `${folder}/state`;
    const first = taken(await lock(path));
    assertEquals(
      await files.replace(path, "new", { mode: 0o600, isDurable: true }),
      null,
    );
    const second = taken(await lock(path));
    assertEquals(new TextDecoder().decode(second.bytes), "new");
    first.release();
    faultOf(await lock(path));
    second.release();
  }));

Deno.test("lock() says why a file can't be locked", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/long`, "x".repeat(1001));
    const pipe = new Deno.Command("mkfifo", { args: [`${folder}/pipe`] });
    assert((await pipe.output()).success);
    const rows: [path: string, code: string, words: string][] = [
      [`${folder}/missing/lock`, "ENOENT", "its folder does not exist"],
      [folder, "EISDIR", "it is a directory"],
      [`${folder}/pipe`, "EINVAL", "it is no regular file"],
      ["/dev/null", "EINVAL", "it is no regular file"],
      [`${folder}/long`, "EFBIG", "longer than 1000 bytes"],
      [`${folder}/long/lock`, "ENOTDIR", "no folder"],
    ];
    for (const [path, code, words] of rows) {
      const fault = faultOf(await lock(path));
      assertEquals(fault.code, code, path);
      assertStringIncludes(fault.message, words, path);
    }
  }));
