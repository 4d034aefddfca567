import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  assertStops,
  hear,
  inFolder,
  lifesign,
  noNamespaces,
  quote,
  run,
  type Running,
  sh,
  start,
  startGateway,
} from "./harness.ts";

/** The lines of a file, without their times. */
function lines(path: string): string[] {
  return Deno.readTextFileSync(path).split("\n").slice(0, -1).map((line) =>
    line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /, "")
      .replace(/^((?:info |<6>)lifesign) .*/, "$1")
  );
}

/** A heartbeat every 10 ms. */
const often = ["-u", "77", "-i", "10ms", "-t", "10ms", "-n", "1"];

/** The last heartbeat may have been answered too late where much else is done. */
function assertEndsQuietly(code: number, output: string): void {
  assert(code === 0 || code === 20, `${code}`);
  assertEquals(output, "");
}

/** Lets an agent go on until there is such a text in a file. */
async function until(
  agent: Running,
  path: string,
  text: string,
): Promise<void> {
  const read = () => Deno.readTextFile(path).catch(() => "");
  for (let n = 0; n < 3000; n++) {
    if ((await read()).includes(text)) return;
    await agent.cycle();
  }
  throw new Error(`There is no "${text}" in ${path}: ${await read()}`);
}

inFolder.test("run logs to a file that only its user can read, and nothing to stderr", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const path = `${folder}/log`;
  const args = ["run", "-g", gateway.address, "-u77", "--count=1"];
  const outcome = await run([...args, "--log-file", path]);
  assertQuiet(outcome);
  const alive = /^info default: alive \(127\.0\.0\.1:\d+, .* ms, 1 try\)$/;
  const [first, second, ...rest] = lines(path);
  assertEquals([first, ...rest], [
    "info lifesign",
    "info default: ended, alive",
    "info stopped",
  ]);
  assertMatch(second!, alive);
  assertEquals((await Deno.stat(path)).mode! & 0o7777, 0o600);
  // What ends it is in the log, however soon that comes.
  const dead = ["run", "-q", "-g", gateway.address, "-u78", "-t50ms"];
  const ended = await run([...dead, "--log-file", path]);
  assertEquals(ended, { code: 10, stdout: "", stderr: "" });
  assertEquals(lines(path).at(-1), "error ends with status 10");
});

inFolder.test("run ends with 73 at its start where no log can be written", async (folder) => {
  await sh(`mkfifo ${quote(`${folder}/pipe`)}`);
  const rows: [path: string, why: string][] = [
    [folder, "it is a directory"],
    [`${folder}/none/log`, "its folder does not exist"],
    [`${folder}/pipe`, "it is no regular file"],
    ["/dev/null", "it is no regular file"],
    ["/dev/shm", "it is a directory"],
    ["/dev/shm/lifesign-test", "writing it is not permitted"],
    ["/proc/self/lifesign-test", "writing it is not permitted"],
  ];
  for (const [path, why] of rows) {
    assertRefused(
      await run(["run", "-g127.0.0.1", "-u77", "--log-file", path]),
      73,
      `${path}: Cannot write the log: ${why}`,
    );
  }
  const { code, stderr } = await run([
    ...["run", "-g127.0.0.1", "-u77", "--log-file", "/dev/stderr"],
  ]);
  assertEquals(code, 73);
  assertMatch(stderr, /^\/dev\/stderr: Cannot write the log: .*\n$/);
  assertOutcome(await run(["run", "-g127.0.0.1", "-u77", "--log-file=-"]), {
    code: 78,
    stderr: '--log-file: Cannot read "-": expected a file name, e.g. ./file\n',
  });
});

Deno.test("run logs JSON lines", async () => {
  await using gateway = await startGateway("--uid", "77");
  const args = ["run", "-g", gateway.address, "-u77", "--count=1"];
  const { stderr } = await run([...args, "--log-format=json"]);
  const records = stderr.split("\n").slice(0, -1)
    .map((line) => JSON.parse(line));
  assertEquals(records.map(Object.keys), [
    ["time", "level", "message"],
    ["time", "level", "message", "session"],
    ["time", "level", "message", "session"],
    ["time", "level", "message"],
  ]);
  const { time, level, message, session } = records[1];
  assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertMatch(message, /^default: alive \(/);
  assertEquals([level, session], ["info", "default"]);
});

inFolder.test("run gives the journal priorities and no time", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const args = ["-g", gateway.address, "-u", "78", "-t", "1s", "-v"];
  const command = `lifesign run ${args.join(" ")}`;
  const named = "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2)";
  const journal = await sh(`export ${named}; ${command}`);
  const dead = `default: dead (${gateway.address} said so 6 times)`;
  const [first, ...rest] = journal.stderr.split("\n");
  assertMatch(first!, /^<6>lifesign /);
  assertEquals(rest, [
    `<7>${dead}`,
    `<3>${dead}`,
    "<6>default: ended, dead",
    "<3>ends with status 10",
    "",
  ]);
  // Stderr is not what systemd has connected any more.
  const path = `${folder}/err`;
  await sh(`export ${named}; ${command} 2>${quote(path)}`);
  assertEquals(lines(path).at(-1), "error ends with status 10");
});

inFolder.test("run follows logrotate, with and without SIGHUP", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const path = `${folder}/logs/log`;
  await Deno.mkdir(`${folder}/logs`);
  const args = ["run", "--json", "-g", gateway.address, ...often, "-v"];
  await using agent = start([...args, "--log-file", path]);
  const logs = (text: string) => until(agent, path, text);
  await logs("debug default: ");
  await Deno.rename(path, `${path}.1`);
  await logs("debug default: ");
  const old = Deno.readTextFileSync(`${path}.1`);
  await Deno.rename(path, `${path}.2`);
  agent.signal("SIGHUP");
  await logs("read the settings again");
  assertEquals(Deno.readTextFileSync(`${path}.1`), old);

  await Deno.rename(`${folder}/logs`, `${folder}/old`);
  await Deno.mkdir(`${folder}/logs`);
  await logs("debug default: ");
  const stderr = await assertStops(agent);
  // For a moment there was no folder.
  assertEquals(stderr.replace(/.*its folder does not exist; .*\n/, ""), "");
});

inFolder.test("several runs rotate one file by its size, and lose no line", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const path = `${folder}/log`;
  const count = 60;
  const args = ["run", "-v", "-g", gateway.address, ...often]
    .concat(["--log-file", path, "--log-max-bytes=1KiB"])
    .concat(["--log-backups=100", `--count=${count}`]);
  const outcomes = await Promise.all([run(args), run(args), run(args)]);
  for (const { code, stdout, stderr } of outcomes) {
    assertEndsQuietly(code, stdout + stderr);
  }
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  // While others do the same, a file may grow beyond its size.
  assert(files.length > 3, files.join());
  const all = files.flatMap((name) => lines(`${folder}/${name}`));
  for (const line of all) {
    assertMatch(
      line,
      /^(debug|info|warn) (default: \w+.*|lifesign|stopped)$/,
    );
    assertNotMatch(line, /\d-\d\dT\d/);
  }
  const cycles = all.filter((line) => /^debug \S+ \w+ \(/.test(line));
  assertEquals(cycles.length, 3 * count);
});

inFolder.test("run keeps as many rotated files as it is told to", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const path = `${folder}/log`;
  for (const [backups, names] of [[2, "log log.1 log.2"], [0, "log"]]) {
    const { code, stderr } = await run([
      ...["run", "-v", "-g", gateway.address, ...often, "--count=50"],
      ...["--log-file", path, "--log-max-bytes", "512"],
      ...["--log-backups", `${backups}`],
    ]);
    assertEndsQuietly(code, stderr);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(files.toSorted().join(" "), names);
    for (const name of files) {
      assert(Deno.statSync(`${folder}/${name}`).size <= 512, name);
      await Deno.remove(`${folder}/${name}`);
    }
  }
});

const isolated = inFolder.unless(await noNamespaces("-rm"));

/** Starts an agent in a mount namespace with a small disk at `$disk`; what is typed is a command there. */
function startOnDisk(folder: string, address: string): Running {
  const args = ["run", "-v", "-g", address, ...often, "--log-file"];
  return start([
    "-rm",
    "sh",
    "-c",
    `set -eu
    disk=${quote(`${folder}/disk`)} errors=${quote(`${folder}/errors`)}
    mkdir "$disk"
    mount -t tmpfs -o size=64k tmpfs "$disk"
    ${quote(lifesign)} ${args.map(quote).join(" ")} "$disk/log" 2>"$errors" &
    trap 'kill -KILL $!' EXIT
    seen() { until grep -qs "$1" "$2"; do sleep 0.01; done; }
    while read -r line; do eval "$line"; done`,
  ], { command: "/usr/bin/unshare" });
}

/** Runs a command there to its end. */
async function command(disk: Running, text: string): Promise<void> {
  await disk.type(`${text}; echo done`);
  await disk.line((line) => line === "done");
}

/** The agent ends with 0 and has complained just once, in these words. */
async function assertEnd(
  disk: Running,
  folder: string,
  complaint: string,
): Promise<void> {
  await disk.type("kill $!; wait $!; trap - EXIT; exit");
  assertEquals(await disk.outcome, { code: 0, signal: null, stderr: "" });
  assertEquals(lines(`${folder}/errors`), [
    `error ${folder}/disk/log: Cannot write the log: ${complaint}; lines are lost until that has changed`,
  ]);
}

const missing = "warn .* missing here: the log could not be written";

isolated.test("run goes on while the disk of its log is full, and counts what is lost", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  await using disk = startOnDisk(folder, gateway.address);
  await command(disk, 'seen alive "$disk/log"');
  await command(disk, 'cat /dev/zero >"$disk/fill" 2>/dev/null || :');
  await command(disk, 'seen "disk is full" "$errors"');
  await hear(gateway, 20);
  await command(disk, 'rm "$disk/fill"');
  await command(disk, `seen "${missing}" "$disk/log"`);
  // No line is broken, but the one that was under way.
  await command(
    disk,
    `test "$(grep -cvE '^[^ ]+Z (info|debug|warn) .*' "$disk/log")" -le 1`,
  );
  await assertEnd(disk, folder, "the disk is full");
});

isolated.test("run goes on while the disk of its log is read-only", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  await using disk = startOnDisk(folder, gateway.address);
  await command(disk, 'seen alive "$disk/log"');
  await command(disk, 'mount -t tmpfs -o ro tmpfs "$disk"');
  await command(disk, 'seen read-only "$errors"');
  await hear(gateway, 20);
  await command(disk, 'umount "$disk"');
  await command(disk, `seen "${missing}" "$disk/log"`);
  await assertEnd(disk, folder, "the file system is read-only");
});

isolated.test("run ends with 73 at its start on a read-only disk", async () => {
  const script = `mount -t tmpfs -o ro tmpfs /mnt &&
      ${quote(lifesign)} run -g127.0.0.1 -u77 --log-file /mnt/log`;
  assertRefused(
    await sh(`unshare -rm sh -c ${quote(script)}`),
    73,
    "/mnt/log: Cannot write the log: the file system is read-only",
  );
});
