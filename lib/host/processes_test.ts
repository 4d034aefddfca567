import { assert, assertEquals } from "@std/assert";
import { type CommandEnd, isFault, type RunningCommand } from "../world.ts";
import { createProcesses, type HostProcesses } from "./processes.ts";
import { createFolder } from "./test_folder.ts";
import { runScript } from "./test_process.ts";

/** A command that was started, and how it ends. */
function start(
  processes: HostProcesses,
  command: string,
  environment: Record<string, string> = {},
): RunningCommand & { readonly end: Promise<CommandEnd> } {
  const { promise: end, resolve: onEnd } = Promise.withResolvers<CommandEnd>();
  const running = processes.start(command, { environment, onEnd });
  if (isFault(running)) throw new Error(running.message);
  return { kill: () => running.kill(), end };
}

/** Waits until it is so, for half a minute at most. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const last = performance.now() + 30_000;
  while (!await isSo()) {
    if (performance.now() > last) throw new Error(`Never so: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; one that has ended may still be listed. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/^\d+ \(.*\) [ZX]/.test(stat);
}

/** The line that a command writes into a file. */
async function line(path: string): Promise<string> {
  let text = "";
  await until(async () => {
    text = await Deno.readTextFile(path).catch(() => "");
    return text.endsWith("\n");
  });
  return text.trim();
}

/** A command that writes the process id of a child into `$FILE`, and that child once it runs. */
async function startWithChild(
  processes: HostProcesses,
  command: string,
): Promise<ReturnType<typeof start> & { readonly child: string }> {
  await using folder = await createFolder();
  const path = `${folder.path}/file`;
  const running = start(processes, command, { FILE: path });
  return { ...running, child: await line(path) };
}

/** Waits until a process has ended. */
function untilEnd(pid: string): Promise<void> {
  return until(async () => !await isRunning(pid));
}

Deno.test("start() runs a command in a group of its own, its stdin empty, its stdout our stderr, without the UID", async () => {
  const { code, stdout, stderr } = await runScript(
    `
      import { createProcesses } from "./processes.ts";
      const command = 'echo "$MORE $OLD \${LIFESIGN_UID-none} $(cat)"; ' +
        'echo "$$ $(cut -d " " -f 5,6 /proc/$$/stat)"; echo said >&2';
      const environment = { MORE: "more" };
      await new Promise((onEnd) =>
        createProcesses().start(command, { environment, onEnd })
      );
    `,
    { env: { LIFESIGN_UID: "77", OLD: "old" }, stdin: "typed" },
  );
  assertEquals([code, stdout], [0, ""]);
  const [first, groups, said] = stderr.split("\n");
  assertEquals([first, said], ["more old none ", "said"]);
  const [pid, ...others] = groups!.split(" ");
  assertEquals(others, [pid, pid]);
});

Deno.test("start() tells how a command ended", async () => {
  const rows: [command: string, end: CommandEnd][] = [
    ["true", { code: 0 }],
    ["exit 3", { code: 3 }],
    ["false || exit 4", { code: 4 }],
    ["exec 2>/dev/null; no-such-command", { code: 127 }],
    ["kill -9 $$", { signal: "SIGKILL" }],
    ["kill $$", { signal: "SIGTERM" }],
  ];
  const processes = createProcesses();
  for (const [command, end] of rows) {
    assertEquals(await start(processes, command).end, end, command);
  }
  await processes.close();
});

Deno.test("start() returns a fault for what can't be started", () => {
  const long = `: ${"x".repeat(200_000)}`;
  const fault = createProcesses().start(long, {
    environment: {},
    onEnd() {
      throw new Error("It ended");
    },
  });
  assert(isFault(fault));
  assertEquals(fault.code, "E2BIG");
});

Deno.test("kill() ends a command and what it has started, even against its will", async () => {
  const rows: [trap: string, signal: string][] = [
    ["", "SIGTERM"],
    ["trap '' TERM;", "SIGKILL"],
  ];
  const processes = createProcesses();
  for (const [trap, signal] of rows) {
    const { kill, end, child } = await startWithChild(
      processes,
      `${trap} sleep 100 & echo $! >"$FILE"; wait`,
    );
    assert(await isRunning(child));
    kill();
    kill();
    assertEquals(await end, { signal });
    await untilEnd(child);
  }
  await processes.close();
});

Deno.test("kill() ends what a command has left running, and nothing once all is over", async () => {
  const processes = createProcesses();
  const { kill, end, child } = await startWithChild(
    processes,
    'sleep 100 & echo $! >"$FILE"',
  );
  assertEquals(await end, { code: 0 });
  assert(await isRunning(child));
  kill();
  await untilEnd(child);
  const other = start(processes, "true");
  await other.end;
  other.kill();
  await processes.close();
});

Deno.test("close() ends everything that runs, even against its will", async () => {
  const processes = createProcesses();
  const { end, child } = await startWithChild(
    processes,
    'trap "" TERM; sleep 100 & echo $! >"$FILE"; wait',
  );
  await processes.close();
  assertEquals(await end, { signal: "SIGKILL" });
  await untilEnd(child);
});

Deno.test("start() tells what a command prints, of much at once the last lines, and cuts long ones", async () => {
  const processes = createProcesses();
  const lines: string[] = [];
  const { promise, resolve: onEnd } = Promise.withResolvers<CommandEnd>();
  const running = processes.start(
    `i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo line $i; done;
    printf 'x%.0s' $(seq 3000) >&2; printf '\\nlast'`,
    { environment: {}, onEnd, onOutput: (line) => lines.push(line) },
  );
  assert(!isFault(running));
  assertEquals(await promise, { code: 0 });
  await until(() => lines.at(-1) === "last");
  // A pipe holds 64 KiB, so that eight lines are told of each piece at the most.
  assert(lines.length < 2_000, `${lines.length}`);
  assert(lines.includes("line 20000"));
  assertEquals(lines.at(-2)!.replace(/x/g, "").length, 0);
  assert(lines.at(-2)!.length <= 1_000);
  await processes.close();
});
