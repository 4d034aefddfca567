import { assert, assertEquals } from "@std/assert";
import {
  assertOutcome,
  assertStops,
  hear,
  inFolder,
  missing,
  quote,
  run,
  slowness,
  start,
  startGateway,
  unless,
} from "./harness.ts";
import { openTerminal } from "./terminal.ts";

/** A heartbeat every 500 ms, given up after 100 + 150 + 225 ms. */
const quick = ["-u", "77", "-i", "500ms", "-t", "100ms"];

Deno.test("run keeps a session alive, each heartbeat from another port, until SIGTERM ends it with 0", async () => {
  await using gateway = await startGateway("--uid", "77");
  // Each answer has a second, on the busiest machine.
  const slow = ["-u", "77", "-i", "1s", "-t", "200ms"];
  await using agent = start(["run", "--json", "-g", gateway.address, ...slow]);
  const { time, ...first } = await agent.event();
  assertEquals(first, { event: "start", sessions: ["default"] });
  assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(`${time}`));
  const ports: unknown[] = [];
  while (ports.length < 5) {
    const cycle = await agent.cycle();
    assertEquals(cycle["verdict"], "alive");
    ports.push(cycle["local_port"]);
  }
  assert(ports.every((port, k) => port !== ports[k - 1]), ports.join());

  agent.signal("SIGTERM");
  const { event, exit_code } = await agent.event(({ event }) =>
    event === "stop"
  );
  assertEquals([event, exit_code], ["stop", 0]);
  const { code, signal } = await agent.outcome;
  assertEquals([code, signal], [0, null]);
});

const withTmux = inFolder.unless(await missing("tmux"));

withTmux.test("run says a line for each heartbeat in a terminal, and sums up at Ctrl-C", async (folder) => {
  await using gateway = await startGateway("--uid", "77");
  await using terminal = await openTerminal(folder);
  const args = ["-g", gateway.address, ...quick].join(" ");
  await terminal.enter(`lifesign run ${args}`);
  await terminal.until(/(^\d\d:\d\d:\d\d default: alive \(.*\n){2}/m);
  await terminal.press("C-c");
  await terminal.until(
    /^--- default: \d+ heartbeats ---\n\d+ alive.*; \d+ packets sent, .* lost\nround trip /m,
  );
  // Whoever keeps the log in a file gets all of it.
  await terminal.enter(
    `clear; lifesign run ${args} --count 1 2>${quote(`${folder}/log`)}`,
  );
  await terminal.until(/^--- default: 1 heartbeat ---\n/m);
  const log = await Deno.readTextFile(`${folder}/log`);
  assert(/ info default: alive \(/.test(log), log);
});

Deno.test("run ends with 10 when the session is killed", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using agent = start(["run", "--json", "-g", gateway.address, ...quick]);
  await agent.cycle();
  await gateway.type("kill 77");
  const transition = await agent.event(({ event, to }) =>
    event === "transition" && to !== "alive"
  );
  assertEquals([transition["from"], transition["to"]], ["alive", "dead"]);
  const stop = await agent.event();
  assertEquals([stop["event"], stop["exit_code"]], ["stop", 10]);
  assertEquals((await agent.outcome).code, 10);
});

Deno.test("run keeps a session alive through 30 % loss at a gateway that drops silent ones", async () => {
  const loss = ["--loss", "0.3", "--seed", "1", "--expire", "2500ms"];
  await using gateway = await startGateway("--uid", "77", ...loss);
  await using agent = start(["run", "--json", "-g", gateway.address, ...quick]);
  const verdicts: unknown[] = [];
  while (verdicts.length < 50) {
    verdicts.push((await agent.cycle())["verdict"]);
  }
  const confirmed = verdicts.filter((verdict) => verdict === "alive").length;
  assert(!verdicts.includes("dead") && confirmed > 30, verdicts.join());
  await assertStops(agent);
});

Deno.test("run goes on while nothing answers, and sees the session alive again", async () => {
  await using gateway = await startGateway("--loss", "1");
  const { address } = gateway;
  await using agent = start(["run", "--json", "-g", address, ...quick]);
  for (let n = 0; n < 5; n++) {
    assertEquals((await agent.cycle())["verdict"], "silent");
  }
  gateway.signal("SIGKILL");
  await gateway.outcome;
  assertEquals((await agent.cycle())["verdict"], "silent");

  await using _another = await startGateway("--listen", address);
  const { from, to } = await agent.event(({ event, to }) =>
    event === "transition" && to === "alive"
  );
  assertEquals([from, to], ["silent", "alive"]);
});

Deno.test("run dies of SIGINT itself, so that a loop around it ends, too", async () => {
  await using gateway = await startGateway();
  await using agent = start(["run", "--json", "-g", gateway.address, ...quick]);
  await agent.cycle();
  agent.signal("SIGINT");
  const stop = await agent.event(({ event }) => event === "stop");
  assertEquals(stop["exit_code"], 130);
  const { code, signal } = await agent.outcome;
  assertEquals([code, signal], [130, "SIGINT"]);
});

Deno.test("run logs transitions to stderr and nothing to stdout", async () => {
  await using gateway = await startGateway("--uid", "77");
  const args = ["run", "-g", gateway.address, "-u", "78", "-t", "1s"];
  const { code, stdout, stderr } = await run(args);
  assertEquals([code, stdout], [10, ""]);
  const lines = stderr.trimEnd().split("\n").map((line) =>
    line.replace(/^\S+Z /, "")
  );
  assertEquals(lines.slice(1), [
    `error default: dead (${gateway.address} said so 6 times)`,
    "info default: ended, dead",
    "error ends with status 10",
  ]);
  assert(
    /^info lifesign \S+ keeps alive: default at .+ every 1m$/
      .test(lines[0]!),
    lines[0],
  );
  const quiet = await run([...args, "-q"]);
  assertEquals(
    quiet.stderr.replaceAll(/^\S+Z /gm, ""),
    `error default: dead (${gateway.address} said so 6 times)\nerror ends with status 10\n`,
  );
});

Deno.test("run -v logs each cycle", async () => {
  await using gateway = await startGateway();
  const args = ["run", "-v", "-g", gateway.address, ...quick, "--count", "2"];
  const { code, stderr } = await run(args);
  assertEquals(code, 0);
  assertEquals(stderr.match(/debug default: alive \(/g)?.length, 2);
});

Deno.test("run --count and --give-up-after end with the last verdict's code", async () => {
  await using deaf = await startGateway("--loss", "1");
  const args = ["run", "-q", "-g", deaf.address, ...quick];
  assertOutcome(await run([...args, "--count=2"]), { code: 20 });
  assertOutcome(await run([...args, "--give-up-after=900ms"]), { code: 20 });
  const bind = ["--bind=192.0.2.1", "--count=1"];
  assertOutcome(await run([...args, ...bind]), { code: 21, stdout: "" });
});

Deno.test("run goes on when nobody can read what it prints any more", async () => {
  await using gateway = await startGateway();
  await using agent = start(["run", "--json", "-g", gateway.address, ...quick]);
  await agent.cycle();
  await agent.closeStdout();
  await hear(gateway, 5);
  await assertStops(agent);
});

Deno.test("run goes on when the pipe it prints to is full", async () => {
  await using gateway = await startGateway();
  const often = ["-u", "77", "-i", "10ms", "-t", "10ms", "-n", "1"];
  await using agent = start(["run", "--json", "-g", gateway.address, ...often]);
  // A line has more than 300 bytes, a pipe room for 65,536; nobody reads.
  await hear(gateway, 400);
  await assertStops(agent);
});

Deno.test("run ends with its status when nobody reads what it prints", async () => {
  await using gateway = await startGateway("--uid", "77");
  const often = ["-u", "77", "-i", "10ms", "-t", "10ms", "-n", "1"];
  await using agent = start(["run", "--json", "-g", gateway.address, ...often]);
  await hear(gateway, 400);
  await gateway.type("kill 77");
  assertEquals((await agent.outcome).code, 10);
});

Deno.test("run notices a death with the next heartbeat, asked twice from different ports", async () => {
  // Counted in heartbeats, not in time: the first one after the kill is the last.
  await using gateway = await startGateway("--uid", "77");
  await using agent = start(["run", "--json", "-g", gateway.address, ...quick]);
  await agent.cycle();
  await gateway.type("kill 77");
  await gateway.event(({ event }) => event === "kill");
  const ports = new Set<unknown>();
  while (ports.size < 2) {
    const { action, client_port } = await gateway.event(({ event }) =>
      event === "request"
    );
    assertEquals(action, "dead");
    ports.add(client_port);
  }
  assertEquals((await agent.outcome).code, 10);
});

Deno.test("run asks at SIGUSR2 at once, and survives signals that come while it starts", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using agent = start(
    ["run", "--json", "-g", gateway.address, "-u77", "-i", "1h"],
  );
  await agent.cycle();
  agent.signal("SIGUSR2");
  assertEquals((await agent.cycle()).verdict, "alive");
  await assertStops(agent);
});

const withSignals = unless(
  slowness && "the emulator catches signals of its own",
);

withSignals.test("run survives each signal but SIGTERM and SIGINT as soon as it is the runtime no more", async () => {
  await using gateway = await startGateway("--uid", "77");
  const slow = ["-u", "77", "-i", "1h", "-t", "200ms"];
  await using agent = start(["run", "--json", "-g", gateway.address, ...slow]);
  // The kernel says which signals it catches: SIGHUP is 1, SIGUSR1 10, SIGUSR2 12.
  const signals = 1n << 0n | 1n << 9n | 1n << 11n;
  const isCaught = async () => {
    const status = await Deno.readTextFile(`/proc/${agent.pid}/status`);
    const [, caught = "0"] = /^SigCgt:\t(\w+)$/m.exec(status) ?? [];
    return (BigInt(`0x${caught}`) & signals) === signals;
  };
  while (!await isCaught()) await new Promise((go) => setTimeout(go, 1));
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) {
    agent.signal(signal);
  }
  assertEquals((await agent.cycle()).verdict, "alive");
  await assertStops(agent);
});
