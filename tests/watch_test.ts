import { assert, assertEquals } from "@std/assert";
import {
  inFolder,
  missing,
  quote,
  run,
  start,
  startGateway,
  type Tests,
} from "./harness.ts";
import { openTerminal, type TestTerminal } from "./terminal.ts";

/** A heartbeat every 300 ms, given up after 60 + 90 + 135 ms. */
const quick = "-u 77 -i 300ms -t 60ms";

/** A screen of a session that is alive; what is left of one when it has gone says "alive for", too. */
const liveScreen = /^alive for .*(\n.*)*\n\? lists keys, q leaves$/m;

const withTmux = inFolder.unless(await missing("tmux"));

/** What a test with a terminal of its own has. */
interface Given {
  readonly terminal: TestTerminal;
  readonly folder: string;
}

/** Tests with a terminal of their own, if there is tmux. */
const onTerminal: Tests<Given> = {
  test: (name, run) =>
    withTmux.test(name, async (folder, t) => {
      await using terminal = await openTerminal(folder);
      await run({ terminal, folder }, t);
    }),
};

onTerminal.test("watch shows a session live, and gives the terminal back at q", async ({ terminal, folder }) => {
  await using gateway = await startGateway("--uid", "77");
  const settings = `${folder}/stty`;
  await terminal.enter(`echo before; stty -a >${quote(settings)}`);
  await terminal.enter(
    `lifesign watch -g ${gateway.address} ${quick}; echo "=$?="`,
  );
  const living = await terminal.until((text) =>
    /[▁-█]{5}/.test(text) && liveScreen.test(text)
  );
  const lines = living.split("\n");
  assertEquals(lines.length, 24);
  assert(
    /^lifesign \S+ keeps 1 session alive +\d\d:\d\d:\d\d$/.test(lines[0]!),
    living,
  );
  assert(lines[2]!.startsWith(`default at ${gateway.address} `), living);
  assert(/^alive for \d+ s, since \d\d:\d\d:\d\d$/.test(lines[3]!), living);
  assert(/^rtt .* ms$/.test(lines[5]!), living);
  assert(/^tries .* \d (try|tries)$/.test(lines[6]!), living);
  assert(
    /^no answer \S+ % in 15 min, \S+ % in 24 h$/.test(lines[7]!),
    living,
  );
  assertEquals(lines[23], "? lists keys, q leaves");
  assert(!living.includes("before"));

  await terminal.press("q");
  const after = await terminal.until(/=0=/);
  assert(after.includes("before"), after);
  assert(/^lifesign \S+: stopped\n\ndefault at /m.test(after), after);
  assert(/\n\w+ for \d+ s, since /.test(after), after);
  assert(!after.includes("q leaves"), after);
  await terminal.enter(
    `clear; stty -a | cmp - ${quote(settings)} && echo same`,
  );
  await terminal.until(/^same$/m);
});

onTerminal.test("watch follows the terminal's size", async ({ terminal }) => {
  await using gateway = await startGateway("--uid", "77");
  await terminal.enter(`lifesign watch -g ${gateway.address} ${quick}`);
  await terminal.until(liveScreen);
  await terminal.resize(40, 12);
  const small = await terminal.until((text) =>
    text.split("\n")[11] === "? lists keys, q leaves"
  );
  assert(small.split("\n").every((line) => line.length < 40), small);
  await terminal.resize(20, 3);
  const tiny = await terminal.until(/^defau… {2}\w+\n/);
  assert(tiny.split("\n").length <= 3, tiny);
  await terminal.resize(80, 24);
  await terminal.until((text) =>
    text.split("\n")[23] === "? lists keys, q leaves"
  );

  await terminal.press("q");
  await terminal.until(/: stopped$/m);
});

onTerminal.test("watch shows losses, and ends with 10 when the session dies", async ({ terminal }) => {
  await using gateway = await startGateway("--uid", "77");
  const { address } = gateway;
  await terminal.enter(`lifesign watch -g ${address} ${quick}; echo "=$?="`);
  await terminal.until(liveScreen);
  gateway.signal("SIGSTOP");
  const silent = await terminal.until(/××/);
  assert(/^silent for \d+ s, since .*, last alive /m.test(silent), silent);
  assert(/ 3 tries$/m.test(silent), silent);
  assert(/ → silent {2}no answer from .*, 3 tries$/m.test(silent), silent);
  gateway.signal("SIGCONT");
  const alive = await terminal.until(liveScreen);
  assert(/ silent → alive {2}/.test(alive), alive);
  assert(/×[▁-█·]/.test(alive), alive);
  await gateway.type("kill 77");
  const dead = await terminal.until(/=10=/);
  assert(/^lifesign \S+: ended with status 10$/m.test(dead), dead);
  assert(/^dead for \d+ s, since .*, last alive /m.test(dead), dead);
  assert(/†/.test(dead), dead);
  assert(/ → dead +\S+ said so \d times$/m.test(dead), dead);
});

onTerminal.test("watch dies of Ctrl-C and Ctrl-\\ itself, and SIGTERM ends it with 0; all give the terminal back", async ({ terminal, folder }) => {
  await using gateway = await startGateway("--uid", "77");
  const settings = `${folder}/stty`;
  await terminal.enter(`stty -a >${quote(settings)}`);
  const command = `lifesign watch -g ${gateway.address} ${quick}`;
  await terminal.enter(`${command}; echo "not reached"`);
  await terminal.until(liveScreen);
  await terminal.press("C-c");
  await terminal.until(/: stopped$/m);
  await terminal.enter(
    `echo "=$?="; stty -a | cmp - ${quote(settings)} && echo same`,
  );
  const after = await terminal.until(/^same$/m);
  assert(/^=130=$/m.test(after) && !/^not reached$/m.test(after), after);

  await terminal.enter(`ulimit -c 0; clear; echo before; ${command}`);
  await terminal.until(liveScreen);
  await terminal.press("C-\\");
  await terminal.until(/^before\n(.*\n)*(\^\\)?Quit/m);
  await terminal.enter(
    `echo "=$?="; stty -a | cmp - ${quote(settings)} && echo same`,
  );
  await terminal.until(/^=131=\nsame$/m);

  await terminal.enter(`clear; ${command}; echo "=$?="`);
  await terminal.until(liveScreen);
  Deno.kill(await terminal.child(), "SIGTERM");
  await terminal.until(/^=0=$/m);
  await terminal.enter(
    `clear; stty -a | cmp - ${quote(settings)} && echo same`,
  );
  await terminal.until(/^same$/m);
});

onTerminal.test("watch obeys keys: it lists them, asks now, and pauses", async ({ terminal }) => {
  await using gateway = await startGateway("--uid", "77");
  await terminal.enter(`lifesign watch -g ${gateway.address} -u77 -i1h`);
  await terminal.until(liveScreen);
  await terminal.press("?");
  await terminal.until(/a asks now, \? hides this, q leaves$/);
  await terminal.press("?");
  await gateway.event();
  await terminal.press("a");
  // It has asked once more.
  await gateway.event();
  await terminal.press("p");
  await terminal.until(/paused: p goes on, q leaves$/);
  await terminal.press("p");
  await terminal.until(liveScreen);
  await terminal.press("q");
  await terminal.until(/: stopped$/m);
});

onTerminal.test("watch comes back after Ctrl-Z and fg", async ({ terminal }) => {
  await using gateway = await startGateway("--uid", "77");
  await terminal.enter("set -m; echo before");
  await terminal.enter(`lifesign watch -g ${gateway.address} ${quick}`);
  await terminal.until(liveScreen);
  await terminal.press("C-z");
  const stopped = await terminal.until(/Stopped/);
  assert(stopped.includes("before"), stopped);
  await terminal.enter("fg");
  await terminal.until(liveScreen);
  await terminal.press("q");
  await terminal.until(/: stopped$/m);
});

onTerminal.test("watch shows many sessions in a line each, the worst first where they don't fit", async ({ terminal, folder }) => {
  await using gateway = await startGateway(
    "--uid=1",
    "--uid=2",
    "--uid=3",
    "--uid=4",
  );
  await using deaf = await startGateway("--loss", "1");
  const sections = [1, 2, 3, 4, 5].map((uid) => `[s${uid}]\nuid = ${uid}\n`);
  const config = `${folder}/lifesign.conf`;
  const text =
    `gateway = ${gateway.address}\ninterval = 200ms\ntimeout = 40ms\n${
      sections.join("")
    }[deaf]\nuid = 6\ngateway = ${deaf.address}\n`;
  await Deno.writeTextFile(config, text, { mode: 0o600 });
  await terminal.enter(`lifesign watch -c ${quote(config)}`);
  const all = await terminal.until((text) =>
    /^s4 +alive/m.test(text) && /^s5 +dead/m.test(text) &&
    /^deaf +silent/m.test(text)
  );
  const names = [...all.matchAll(/^(s\d|deaf) +(alive|dead|silent) /gm)]
    .map(([, name]) => name);
  assertEquals(names, ["s1", "s2", "s3", "s4", "s5", "deaf"]);
  await terminal.resize(60, 6);
  const few = await terminal.until(/^… and 3 more: 3 alive$/m);
  assertEquals(
    few.split("\n").slice(2, 4).map((line) => line.split(" ")[0]),
    ["s5", "deaf"],
  );
  await terminal.press("q");
  await terminal.until(/: stopped$/m);
});

onTerminal.test("watch --status-file looks at a running agent, and sees that it is gone", async ({ terminal, folder }) => {
  await using gateway = await startGateway("--uid", "77");
  const file = `${folder}/status.json`;
  const args = [
    "-g",
    gateway.address,
    ...quick.split(" "),
    "--status-file",
    file,
  ];
  await using agent = start(["run", "-q", ...args]);
  await terminal.enter(
    `lifesign watch --status-file ${quote(file)}; echo "=$?="`,
  );
  const alive = await terminal.until(/[▁-█·]{3}/);
  assert(
    new RegExp(
      `^lifesign \\S+, process ${agent.pid}: last report \\d+ s ago `,
    ).test(alive),
    alive,
  );
  agent.signal("SIGTERM");
  await terminal.until(
    new RegExp(
      `^lifesign \\S+, process ${agent.pid}: ended .* with status 0 `,
    ),
  );
  await using next = start(["run", "-q", ...args]);
  await terminal.until((text) =>
    text.includes(`process ${next.pid}: last report `) &&
    /^alive for /m.test(text)
  );
  next.signal("SIGKILL");
  await next.outcome;
  // An agent that has died can't say so; its last status tells until when it was to be believed.
  const status = JSON.parse(await Deno.readTextFile(file));
  const past = { ...status, stale_after: status.updated };
  await Deno.writeTextFile(file, JSON.stringify(past));
  const stale = await terminal.until(/: gone, last report /);
  assert(/^\w+\? since /m.test(stale), stale);
  await terminal.press("q");
  const left = await terminal.until(/=0=/);
  assert(
    /^lifesign \S+, process \d+: gone, last report .*\n\ndefault at /m.test(
      left,
    ),
    left,
  );
  const look = `lifesign watch --status-file ${quote(file)}`;
  await terminal.enter(`clear; ${look}; echo "not reached"`);
  await terminal.until(/q leaves$/);
  await terminal.press("C-c");
  await terminal.until((text) => !text.includes("q leaves"));
  await terminal.enter('echo "=$?="');
  const ended = await terminal.until(/^=130=$/m);
  assert(!/^not reached$/m.test(ended), ended);

  await terminal.enter(`clear; set -m; ${look}`);
  await terminal.until(/q leaves$/);
  await terminal.press("C-z");
  await terminal.until(/Stopped/);
  await terminal.enter("fg");
  await terminal.until(/q leaves$/);
  await terminal.press("q");
  await terminal.until((text) => !text.includes("q leaves"));
});

Deno.test("watch is run where stdout is no terminal", async () => {
  await using gateway = await startGateway("--uid", "77");
  const args = ["-g", gateway.address, "-u", "78", "-t", "50ms"];
  const words = async (command: string) => {
    const { code, stdout, stderr } = await run([command, ...args]);
    return { code, stdout, stderr: stderr.replaceAll(/^\S+Z /gm, "") };
  };
  const watched = await words("watch");
  assertEquals(watched, await words("run"));
  assertEquals([watched.code, watched.stdout], [10, ""]);
});

inFolder.test("watch --status-file prints lines where stdout is no terminal", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  const file = `${folder}/status.json`;
  await using looker = start(["watch", "--status-file", file]);
  const first = await looker.line();
  assert(first.endsWith(`Z ${file}: no agent has written this file`), first);
  const args = [...quick.split(" "), "--status-file", file];
  await using _agent = start(["run", "-q", "-g", gateway.address, ...args]);
  await looker.line((line) => / lifesign .*: last report /.test(line));
  await looker.line((line) => /Z default: alive$/.test(line));
  await gateway.type("kill 77");
  await looker.line((line) => /Z default: dead, was alive$/.test(line));
  looker.signal("SIGINT");
  assertEquals((await looker.outcome).code, 130);
});
