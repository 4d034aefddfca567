import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  assertRefused,
  assertStops,
  inFolder,
  isStatic,
  quote,
  run,
  sh,
  start,
  startGateway,
  words,
} from "./harness.ts";

/** Of which no time and no port can be a part. */
const uid = "7070707070707070";

/** What only the static build hears. */
const said = isStatic ? ", 127.0.0.1 says: port unreachable" : "";

const silent = words`check -g 127.0.0.1:9 -u ${uid} -t 5ms -n 1`;

inFolder.test("check tolerates so many faults in a row, from run to run", async (folder) => {
  await using gateway = await startGateway("--uid", uid);
  const state = `--state=${folder}/state`;
  const check = (args: string[], tolerate = 2) =>
    run([...args, state, `--tolerate=${tolerate}`]);
  assertOutcome(await check(silent), {
    code: 0,
    stdout:
      `default: silent, tolerated 1 of 2 (no answer from 127.0.0.1:9, 1 try${said})\n`,
  });
  // So that cron mails nothing of it.
  assertQuiet(await check([...silent, "-q"]));
  const third = await check([...silent, "-q"]);
  assertEquals(third.code, 20);
  assertStringIncludes(third.stdout, "default: silent (no answer");
  const json = JSON.parse(
    (await check([...silent, "--json"], 9)).stdout,
  );
  assertEquals(
    [
      json.verdict,
      json.exit_code,
      json.sessions[0].exit_code,
      json.sessions[0].tolerated,
    ],
    ["silent", 0, 0, 4],
  );
  const dead = ["check", "-g", gateway.address, "-u", "78", "-t", "300ms"];
  assertEquals((await check(dead)).code, 10);
  assertEquals((await Deno.stat(`${folder}/state`)).mode! & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  assert(!(await Deno.readTextFile(`${folder}/state`)).includes(uid));
});

inFolder.test("check counts each of many runs at the same time", async (folder) => {
  const args = [
    ...silent,
    `--state=${folder}/state`,
    "--tolerate=1000",
    "--json",
  ];
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => run(args)),
  );
  const counts = outcomes.map(({ stdout }) =>
    JSON.parse(stdout).sessions[0].tolerated
  );
  assertEquals(
    counts.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, k) => k + 1),
  );
});

inFolder.test("check gives up with 75 when somebody else does not let go of its state", async (folder) => {
  const state = quote(`${folder}/state`);
  const args = [...silent, `--state=${state}`].join(" ");
  const outcome = await sh(
    `exec 9>${state} && chmod 600 ${state} && flock 9 &&
       lifesign ${args} 9>&-`,
  );
  assertRefused(
    outcome,
    75,
    `${folder}/state: Cannot remember faults: another process holds the lock`,
  );
});

inFolder.test("check tolerates nothing with a state that can't be used, and leaves it alone", async (folder) => {
  await Deno.writeTextFile(`${folder}/poem`, "a poem\n");
  const rows: [path: string, words: string][] = [
    [`${folder}/poem`, "it is not a state file of lifesign's"],
    [`${folder}/missing/state`, "its folder does not exist"],
    [folder, "it is a directory"],
    ["/dev/null", "it is no regular file"],
  ];
  for (const [path, words] of rows) {
    const outcome = await run([...silent, `--state=${path}`, "--tolerate=9"]);
    assertEquals(outcome.code, 20, path);
    assertStringIncludes(
      outcome.stderr,
      `${path}: Cannot remember faults: ${words}`,
    );
  }
  assertEquals(await Deno.readTextFile(`${folder}/poem`), "a poem\n");
});

inFolder.test("run runs only once, and again after it was killed", async (folder) => {
  await using gateway = await startGateway();
  const args = ["run", "--json", "-g", gateway.address, "-u", "77"]
    .concat(`--lock-file=${folder}/lock`);
  {
    await using first = start(args);
    await first.cycle();
    assertEquals(await Deno.readTextFile(`${folder}/lock`), `${first.pid}\n`);
    assertRefused(
      await run(args),
      75,
      `${folder}/lock: Cannot run: another process holds the lock, process ${first.pid}`,
    );
    first.signal("SIGKILL");
    await first.outcome;
  }
  await using second = start(args);
  await second.cycle();
  await assertStops(second);
  const rows: [path: string, words: string][] = [
    [folder, "it is a directory"],
    [`${folder}/missing/lock`, "its folder does not exist"],
    ["/dev/shm", "it is a directory"],
    ["/dev/stderr", "it is no regular file"],
  ];
  for (const [path, words] of rows) {
    const outcome = await run([...args.slice(0, -1), `--lock-file=${path}`]);
    assertOutcome(outcome, { code: 73, stdout: "" });
    assertStringIncludes(outcome.stderr, `${path}: Cannot run: ${words}`);
  }
});
