import { assert, assertEquals } from "@std/assert";
import { missing, run, type Running, sh, start, unless } from "../harness.ts";

/** A server of X11 that is ended, with what it leaves, when it goes out of scope. */
interface Server extends AsyncDisposable {
  /** The number of its display. */
  readonly display: string;
  /** Its process. */
  readonly process: Running;
}

/**
 * Starts Xvfb. Like others it resets when the last connection closes. Its
 * display is this process's, since nobody else may take one whose server is
 * killed.
 */
async function startServer(): Promise<Server> {
  const display = `${100 + Deno.pid % 50_000}`;
  const screen = ["-screen", "0", "320x240x8", "-nolisten", "tcp"];
  const process = start([`:${display}`, "-displayfd", "1", ...screen], {
    command: "Xvfb",
  });
  await process.line();
  return {
    display,
    process,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await sh(`rm -f /tmp/.X11-unix/X${display} /tmp/.X${display}-lock`);
    },
  };
}

/** Whether a property of the root window, which a reset takes, is there. */
async function hasProperty(display: string): Promise<boolean> {
  const { stdout } = await sh(`xprop -display :${display} -root LIFESIGN`);
  return stdout === 'LIFESIGN(STRING) = "kept"\n';
}

const { test } = unless(await missing("Xvfb", "xprop"));

test("run --hold asks an X server a hundred times without a reset", async () => {
  await using server = await startServer();
  const { display } = server;
  const agent = start([
    "run",
    "--json",
    "--hold",
    "-i50ms",
    `x11://:${display}`,
  ]);
  await using _ = agent;
  assertEquals((await agent.cycle())["held"], false);
  await sh(
    `xprop -display :${display} -root -f LIFESIGN 8s -set LIFESIGN kept`,
  );
  assert(await hasProperty(display));
  for (let n = 0; n < 100; n++) {
    const { verdict, held } = await agent.cycle();
    assertEquals([verdict, held], ["alive", true]);
  }
  assert(await hasProperty(display));
  // Without it the server has no client, and resets.
  agent.signal("SIGTERM");
  await agent.outcome;
  assert(!await hasProperty(display));
});

test("check tells an X server that is stopped from one that was killed", async () => {
  await using server = await startServer();
  const { display, process } = server;
  const codes = async (timeout: string) => {
    const flags = ["--timeout", timeout, "--dead-after=0s"];
    const targets = [`x11://:${display}`, `x11:///tmp/.X11-unix/X${display}`];
    const outcomes = await Promise.all(
      targets.map((target) => run(["check", ...flags, target])),
    );
    return outcomes.map(({ code }) => code);
  };
  assertEquals(await codes("60s"), [0, 0]);
  process.signal("SIGSTOP");
  assertEquals(await codes("1s"), [20, 20]);
  process.signal("SIGCONT");
  assertEquals(await codes("60s"), [0, 0]);
  process.signal("SIGKILL");
  await process.outcome;
  assertEquals(await codes("60s"), [10, 10]);
  await sh(`rm /tmp/.X11-unix/X${display}`);
  assertEquals(await codes("60s"), [10, 10]);
});
