import { assertEquals } from "@std/assert";
import {
  createFolder,
  hear,
  lifesign,
  noNamespaces,
  quote,
  sh,
  start,
  startGateway,
  unless,
} from "./harness.ts";

/** A heartbeat every 10 ms, told at length wherever that is possible. */
const noisy = ["run", "-v", "--json", "-u", "77"]
  .concat(["-i", "10ms", "-t", "10ms", "-n", "1"]);

/**
 * Runs lifesign as the command of a script, hears so many heartbeats, and ends
 * it with SIGTERM.
 */
async function assertGoesOn(
  script: (command: string) => string,
  heartbeats = 30,
): Promise<void> {
  await using gateway = await startGateway();
  const words = [lifesign, ...noisy, "-g", gateway.address].map(quote);
  // The status has a way out of its own.
  const command = `{ ${words.join(" ")} 3>&- & echo $! >&3; wait $!
    echo "status $?" >&3; }`;
  await using running = start(["-c", `exec 3>&1; ${script(command)}`], {
    command: "/bin/sh",
  });
  const pid = Number(await running.line());
  try {
    await hear(gateway, heartbeats);
    Deno.kill(pid, "SIGTERM");
    const status = await running.line((line) => line.startsWith("status"));
    assertEquals(status, "status 0");
  } catch (error) {
    Deno.kill(pid, "SIGKILL");
    throw error;
  }
}

const rows: [what: string, redirections: string][] = [
  ["stdout is closed", ">&-"],
  ["stderr is closed", "2>&-"],
  ["all its streams are closed", "<&- >&- 2>&-"],
  ["only head reads stdout", "2>/dev/null | head -n 1 >&2"],
  ["only head reads stderr", "2>&1 >/dev/null | head -n 1 >&2"],
  ["only head reads what it writes", "2>&1 | head -n 1 >&2"],
  ["stdout has no room", ">/dev/full"],
  ["stderr has no room", "2>/dev/full"],
  ["neither has any", ">/dev/full 2>&1"],
];

for (const [what, redirections] of rows) {
  Deno.test(`run goes on while ${what}`, () =>
    assertGoesOn((command) => `${command} ${redirections}`));
}

const stalled: [what: string, redirections: string][] = [
  ["stdout", ">&4"],
  ["stderr", "2>&4"],
  ["both streams", ">&4 2>&4"],
];

for (const [what, redirections] of stalled) {
  Deno.test(`run goes on while nobody reads the FIFO behind ${what}`, async () => {
    await using folder = await createFolder();
    const fifo = quote(`${folder.path}/fifo`);
    // What it has room for has been written by somebody else.
    const full = `mkfifo ${fifo}; exec 4<>${fifo}
      dd if=/dev/zero bs=65536 count=1 >&4 2>/dev/null; `;
    await assertGoesOn((command) => `${full}${command} ${redirections}`);
  });
}

Deno.test("a result that could not be written whole is 73, but not where its reader has seen enough", async () => {
  const commands = ["config -g 127.0.0.1 -u 7", "exit-codes --sh"]
    .concat(["completions bash", "help man", "--help", "--version"]);
  for (const command of commands) {
    const { code, stderr } = await sh(
      `lifesign ${command} >/dev/full; status=$?
       { lifesign ${command}; echo $? >&2; } | true; exit $status`,
    );
    assertEquals([code, stderr], [
      73,
      "lifesign: Cannot write to stdout: No space left on device (os error 28)\n0\n",
    ], command);
  }
});

Deno.test("run goes on at a file-size limit, whatever it writes there", async () => {
  await using folder = await createFolder();
  const files = ["log", "history", "status", "metrics"]
    .map((name) => `LIFESIGN_${name.toUpperCase()}_FILE=${name}`).join(" ");
  // Blocks of 512 bytes: they are full long before the last heartbeat.
  await assertGoesOn(
    (command) =>
      `cd ${quote(folder.path)} && ulimit -f 16 && export ${files} &&
      ${command} >out 2>err`,
    200,
  );
  const sizes = ["log", "history", "out"]
    .map((name) => Deno.statSync(`${folder.path}/${name}`).size);
  assertEquals(sizes, [8192, 8192, 8192]);
});

const isolated = unless(await noNamespaces("-rm"));

for (const [what, options] of [["full", "size=4k"], ["read-only", "ro"]]) {
  isolated.test(`run goes on in a folder on a ${what} disk, whatever it writes there`, () =>
    assertGoesOn((command) => {
      const output = what === "full" ? ">out 2>err" : "";
      const inside = `mount -t tmpfs -o ${options} tmpfs /mnt && cd /mnt &&
          ${command} ${output}`;
      return `unshare -rm sh -c ${quote(inside)} >/dev/null 2>&1`;
    }, 100));
}
