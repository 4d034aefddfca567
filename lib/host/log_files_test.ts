import { assert, assertEquals } from "@std/assert";
import { isFault, type LogFile, type LogLimits } from "../world.ts";
import { createLogFiles, type LogDisk, type OpenLog } from "./log_files.ts";
import { inFolder } from "./test_folder.ts";
import { runScript, unprivileged } from "./test_process.ts";

const endless = { maxBytes: 0, backups: 3 };
const { stat, rename } = Deno;
const realDisk: LogDisk = { stat, rename, open: Deno.open };

/** A log file that is flushed after each write, and what was told about it. */
async function open(
  path: string,
  { disk = Deno, ...limits }: LogLimits & { readonly disk?: LogDisk } = endless,
) {
  const faults: string[] = [];
  const recoveries: number[] = [];
  const files = createLogFiles(disk);
  const file = await files.open(path, {
    ...limits,
    onFault: (what, { message }) => faults.push(`${what}: ${message}`),
    lossLine: (lost) => `${lost} lost\n`,
    onRecovery: (lost) => recoveries.push(lost),
  });
  if (isFault(file)) throw new Error(`${file.code}: ${file.message}`);
  return {
    faults,
    recoveries,
    file: file as LogFile,
    flush: () => files.flush(),
    async write(...lines: string[]) {
      for (const line of lines) file.write(`${line}\n`);
      await files.flush();
    },
    async [Symbol.asyncDispose]() {
      file.close();
      await files.flush();
    },
  };
}

/** The lines of each file in a folder, by its name. */
function contents(folder: string): Record<string, string> {
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => name).toSorted();
  return Object.fromEntries(
    names.map((name) => [
      name,
      Deno.readTextFileSync(`${folder}/${name}`).trimEnd()
        .replaceAll("\n", " "),
    ]),
  );
}

Deno.test("open() makes a file for this user alone, or appends to what is there", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    {
      await using log = await open(path);
      assertEquals((await Deno.stat(path)).mode! & 0o7777, 0o600);
      await log.write("one", "zwölf");
    }
    await Deno.chmod(path, 0o644);
    await using log = await open(path);
    await log.write("three");
    assertEquals(contents(folder), { log: "one zwölf three" });
    assertEquals((await Deno.stat(path)).mode! & 0o7777, 0o644);
  }));

Deno.test("open() begins a new line behind one that somebody could not finish", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    for (const before of ["one\ntw", "one\n", ""]) {
      await Deno.writeTextFile(path, before);
      await using log = await open(path);
      await log.write("three", "four");
      const head = before.endsWith("w") ? `${before}\n` : before;
      assertEquals(await Deno.readTextFile(path), `${head}three\nfour\n`);
    }
  }));

Deno.test("open() returns a fault for what is no file that can be written", () =>
  inFolder(async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    await Deno.symlink("loop", `${folder}/loop`);
    await Deno.writeTextFile(`${folder}/file`, "");
    const rows: [path: string, code: string, message: string][] = [
      [folder, "EISDIR", "it is a directory"],
      [`${folder}/pipe`, "EINVAL", "it is no regular file"],
      ["/dev/null", "EINVAL", "it is no regular file"],
      [`${folder}/none/log`, "ENOENT", "its folder does not exist"],
      [`${folder}/file/log`, "ENOTDIR", "a part of its path is no folder"],
      [`${folder}/loop`, "ELOOP", "its symbolic links go in a circle"],
    ];
    for (const [path, code, message] of rows) {
      const fault = await createLogFiles().open(path, {
        ...endless,
        onFault() {},
        lossLine: () => "",
      });
      assertEquals(fault, { code, message } as unknown, path);
    }
  }));

Deno.test("open() returns a fault where writing is not permitted", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log`, "");
    await Deno.chmod(`${folder}/log`, 0o400);
    const { stdout } = await runScript(
      `
      import { createLogFiles } from "./log_files.ts";
      const options = { maxBytes: 0, backups: 0, onFault() {}, lossLine: () => "" };
      const path = ${JSON.stringify(`${folder}/log`)};
      console.log((await createLogFiles().open(path, options)).message);
    `,
      unprivileged,
    );
    assertEquals(stdout, "writing it is not permitted\n");
  }));

Deno.test("write() appends at once, also where other processes do", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await using one = await open(path);
    await using two = await open(path);
    for (let n = 0; n < 100; n++) {
      one.file.write(`one ${n}\n`);
      two.file.write(`two ${n}\n`);
      if (n % 10 === 0) await Promise.all([one.flush(), two.flush()]);
    }
    await Promise.all([one.flush(), two.flush()]);
    const lines = Deno.readTextFileSync(path).split("\n").slice(0, -1);
    for (const name of ["one", "two"]) {
      assertEquals(
        lines.filter((line) => line.startsWith(name)),
        Array.from({ length: 100 }, (_, n) => `${name} ${n}`),
      );
    }
  }));

Deno.test("write() makes a file anew that was moved away, removed or replaced", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await using log = await open(path);
    await log.write("one");
    await Deno.rename(path, `${folder}/log.old`);
    await log.write("two");
    await Deno.remove(path);
    await log.write("three");
    await Deno.rename(path, `${folder}/log.older`);
    await Deno.writeTextFile(path, "created\n");
    await log.write("four");
    // As logrotate's copytruncate does.
    await Deno.truncate(path);
    await log.write("five");
    assertEquals(contents(folder), {
      "log": "five",
      "log.old": "one",
      "log.older": "three",
    });
    assertEquals(log.faults, []);
  }));

Deno.test("reopen() lets go of a file that was moved away, without a line", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await using log = await open(path);
    await Deno.rename(path, `${folder}/log.1`);
    log.file.reopen(endless);
    await log.flush();
    assertEquals(contents(folder), { "log": "", "log.1": "" });
    log.file.reopen({ maxBytes: 4, backups: 0 });
    await log.write("one", "two");
    assertEquals(contents(folder)["log"], "two");
  }));

Deno.test("reopen() counts for every line after it, whatever is under way", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const disk: LogDisk = {
      ...realDisk,
      async stat(path) {
        const found = await Deno.stat(path);
        asked.resolve();
        await gate.promise;
        return found;
      },
    };
    await using log = await open(path, { ...endless, disk });
    log.file.write("one\n");
    await asked.promise;
    await Deno.rename(path, `${path}.1`);
    log.file.reopen(endless);
    log.file.write("two\n");
    gate.resolve();
    await log.flush();
    assertEquals(contents(folder), { "log": "one two", "log.1": "" });
  }));

Deno.test("write() rotates a file before it gets too long", () =>
  inFolder(async (folder) => {
    await using log = await open(`${folder}/log`, { maxBytes: 8, backups: 2 });
    await log.write("aaa", "bbb");
    assertEquals(contents(folder), { log: "aaa bbb" });
    await log.write("ccc");
    assertEquals(contents(folder), { "log": "ccc", "log.1": "aaa bbb" });
    await log.write("ddd", "eee", "fff", "ggg");
    assertEquals(contents(folder), {
      "log": "ggg",
      "log.1": "eee fff",
      "log.2": "ccc ddd",
    });
    await log.write("longer than it may be");
    await log.write("h");
    assertEquals(contents(folder), {
      "log": "h",
      "log.1": "longer than it may be",
      "log.2": "ggg",
    });
    assertEquals(log.faults, []);
  }));

Deno.test("write() empties a full file where no backups are kept", () =>
  inFolder(async (folder) => {
    await using log = await open(`${folder}/log`, { maxBytes: 8, backups: 0 });
    await log.write("aaa", "bbb", "ccc");
    assertEquals(contents(folder), { log: "ccc" });
  }));

Deno.test("write() loses no line when several rotate one file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const limits = { maxBytes: 100, backups: 100 };
    const logs = await Promise.all(
      Array.from({ length: 4 }, () => open(path, limits)),
    );
    for (let n = 0; n < 50; n++) {
      await Promise.all(logs.map((log, k) => log.write(`${k}-${n}`)));
    }
    for (const log of logs) {
      assertEquals(log.faults, []);
      await log[Symbol.asyncDispose]();
    }
    const lines = Object.values(contents(folder)).flatMap((text) =>
      text.split(" ")
    );
    assertEquals(lines.length, 200);
    assertEquals(new Set(lines).size, 200);
    assert(Object.keys(contents(folder)).length > 5);
  }));

Deno.test("write() goes on in a file that can't be rotated, and tells it once", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await Deno.mkdir(`${path}.1`);
    await using log = await open(path, { maxBytes: 4, backups: 1 });
    await log.write("one", "two", "three");
    await log.write("four");
    assertEquals(contents(folder), { log: "one two three four" });
    assertEquals(log.faults, ["rotate: it is a directory"]);
    await Deno.remove(`${path}.1`);
    await log.write("five");
    assertEquals(contents(folder), {
      "log": "five",
      "log.1": "one two three four",
    });
    await Deno.remove(`${path}.1`);
    await Deno.mkdir(`${path}.1`);
    await log.write("six");
    assertEquals(log.faults.length, 2);
  }));

Deno.test("write() leaves the rotation to whoever holds the lock", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await using log = await open(path, { maxBytes: 4, backups: 1 });
    using other = await Deno.open(path, { append: true });
    await other.lock(true);
    await log.write("one", "two");
    assertEquals(contents(folder), { log: "one two" });
    await other.unlock();
    await log.write("three");
    assertEquals(contents(folder), { "log": "three", "log.1": "one two" });
    assertEquals(log.faults, []);
  }));

Deno.test("write() drops lines while the folder is gone, and says how many", () =>
  inFolder(async (folder) => {
    const path = `${folder}/logs/log`;
    await Deno.mkdir(`${folder}/logs`);
    await using log = await open(path);
    await Deno.remove(`${folder}/logs`, { recursive: true });
    await log.write("one", "two");
    await log.write("three");
    assertEquals(log.faults, ["write: its folder does not exist"]);
    await Deno.mkdir(`${folder}/logs`);
    await log.write("four");
    await Deno.remove(`${folder}/logs`, { recursive: true });
    await Deno.writeTextFile(`${folder}/logs`, "");
    await log.write("five");
    assertEquals(log.faults.slice(1), [
      "write: a part of its path is no folder",
    ]);
    await Deno.remove(`${folder}/logs`);
    await Deno.mkdir(`${folder}/logs`);
    await Deno.mkdir(path);
    await log.write("six");
    await Deno.remove(path);
    await log.write("seven");
    assertEquals(contents(`${folder}/logs`), { log: "2 lost seven" });
  }));

/** The file system, with open files that do something else in part. */
function diskWith(
  parts: (file: Deno.FsFile) => Partial<OpenLog>,
): LogDisk {
  return {
    ...realDisk,
    async open(path, options) {
      const file = await Deno.open(path, options);
      return {
        stat: () => file.stat(),
        truncate: (length) => file.truncate(length),
        tryLock: (exclusive) => file.tryLock(exclusive),
        unlock: () => file.unlock(),
        write: (bytes) => file.write(bytes),
        close: () => file.close(),
        ...parts(file),
      };
    },
  };
}

Deno.test("write() leaves alone what somebody else has just rotated", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const rotations = [
      () => Deno.renameSync(path, `${path}.1`),
      () => Deno.truncateSync(path),
    ];
    for (const rotate of rotations) {
      const disk = diskWith((file) => ({
        tryLock(exclusive) {
          rotate();
          return file.tryLock(exclusive);
        },
      }));
      const limits = { maxBytes: 4, backups: 2 };
      await using log = await open(path, { ...limits, disk });
      await log.write("one", "two");
      assertEquals(contents(folder), { "log": "two", "log.1": "one" });
      assertEquals(log.faults, []);
      await Deno.remove(path);
    }
  }));

/** A disk that takes so many bytes in all. */
function fullDisk(): LogDisk & { room: number } {
  const disk = {
    room: 0,
    ...diskWith((file) => ({
      async write(bytes) {
        const part = bytes.subarray(0, disk.room);
        if (part.length === 0) {
          throw new Error("No space left on device (os error 28)");
        }
        disk.room -= part.length;
        return await file.write(part);
      },
    })),
  };
  return disk;
}

Deno.test("write() keeps lines whole on a disk that is full in between", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const disk = fullDisk();
    await using log = await open(path, { ...endless, disk });
    disk.room = 6;
    await log.write("one", "two", "three");
    await log.write("four");
    assertEquals(log.faults, ["write: the disk is full"]);
    assertEquals(contents(folder), { log: "one tw" });
    // Room for the head, not for the line.
    disk.room = 9;
    await log.write("five");
    assertEquals(log.faults.length, 1);
    assertEquals(log.recoveries, []);
    disk.room = 100;
    await log.write("six");
    await log.write("seven");
    // "two", "three", "four" and "five".
    assertEquals(log.recoveries, [4]);
    assertEquals(contents(folder), {
      log: "one tw 3 lost f 1 lost six seven",
    });
    assertEquals(log.faults, ["write: the disk is full"]);
    disk.room = 0;
    await log.write("eight");
    assertEquals(log.faults.length, 2);
    disk.room = 100;
    await log.write("nine");
    assertEquals(log.recoveries, [4, 1]);
  }));

Deno.test("write() keeps no more in memory than there is room for while the disk hangs", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const gate = Promise.withResolvers<void>();
    const disk: LogDisk = {
      ...realDisk,
      stat: (path) => gate.promise.then(() => Deno.stat(path)),
    };
    await using log = await open(path, { ...endless, disk });
    const line = `${"x".repeat(1023)}\n`;
    for (let n = 0; n < 3000; n++) log.file.write(line);
    assertEquals(log.faults, ["write: too much waits for the disk already"]);
    gate.resolve();
    await log.flush();
    await log.write("last");
    const lines = Deno.readTextFileSync(path).split("\n");
    assertEquals(lines.length, 1024 + 3);
    assertEquals(lines.slice(-3), [`${3000 - 1024} lost`, "last", ""]);
  }));

Deno.test("close() writes what waits, and nothing afterwards", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const log = await open(path);
    log.file.write("one\n");
    log.file.close();
    log.file.write("two\n");
    await log.flush();
    await log[Symbol.asyncDispose]();
    assertEquals(contents(folder), { log: "one" });
  }));
