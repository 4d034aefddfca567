import { assertEquals } from "@std/assert";
import { runScript, startScript } from "./test_process.ts";

const setUp = `
  import { createSignals } from "./signals.ts";
  const signals = createSignals();
`;

Deno.test("listen() calls every listener back each time, and the process goes on", async () => {
  await using process = startScript(`${setUp}
    signals.listen("SIGINT", () => console.log("first"));
    signals.listen("SIGINT", () => console.log("second"));
    signals.listen("SIGTERM", () => console.log("terminate"));
    console.log("ready");
    await Deno.stdin.read(new Uint8Array(1));
  `);
  assertEquals(await process.line(), "ready");
  for (let k = 0; k < 2; k++) {
    process.kill("SIGINT");
    assertEquals(await process.line(), "first");
    assertEquals(await process.line(), "second");
  }
  process.kill("SIGTERM");
  assertEquals(await process.line(), "terminate");
  const { code, stdout } = await process.end();
  assertEquals([code, stdout], [0, ""]);
});

Deno.test("listen() does not keep a process alive", async () => {
  const { code } = await runScript(`${setUp}
    signals.listen("SIGINT", () => {});
  `);
  assertEquals(code, 0);
});

Deno.test("received resolves at the first signal that somebody listens for", async () => {
  await using process = startScript(`${setUp}
    let received = false;
    signals.received.then(() => received = true);
    signals.listen("SIGTERM", () => {
      queueMicrotask(() => console.log(received));
    });
    await new Promise((resolve) => setTimeout(resolve));
    console.log(received);
    await Deno.stdin.read(new Uint8Array(1));
  `);
  assertEquals(await process.line(), "false");
  process.kill("SIGTERM");
  assertEquals(await process.line(), "true");
  assertEquals((await process.end()).code, 0);
});

Deno.test("listen() hears a held signal that came before it, once", async () => {
  await using process = startScript(`
    import { createSignals } from "./signals.ts";
    const held = ["SIGHUP", "SIGUSR2"];
    const signals = createSignals(held);
    for (const signal of held) {
      Deno.addSignalListener(signal, () => console.log("came"));
    }
    console.log("ready");
    await Deno.stdin.read(new Uint8Array(1));
    signals.listen("SIGHUP", () => console.log("heard"));
    signals.listen("SIGHUP", () => console.log("heard, too"));
    await Deno.stdin.read(new Uint8Array(1));
  `);
  assertEquals(await process.line(), "ready");
  process.kill("SIGHUP");
  assertEquals(await process.line(), "came");
  // Nobody ever listens for this one.
  process.kill("SIGUSR2");
  assertEquals(await process.line(), "came");
  await process.write("x");
  assertEquals(await process.line(), "heard");
  process.kill("SIGHUP");
  for (const line of ["came", "heard", "heard, too"]) {
    assertEquals(await process.line(), line);
  }
  assertEquals((await process.end()).code, 0);
});

Deno.test("dieOf() ends the process by the signal itself, whoever listens", async () => {
  const rows: [listened: string[], died: string, code: number][] = [
    [[], "SIGINT", 130],
    [["SIGINT"], "SIGINT", 130],
    [["SIGINT", "SIGINT", "SIGTERM"], "SIGINT", 130],
    [["SIGTERM"], "SIGINT", 130],
    [["SIGTERM", "SIGINT"], "SIGTERM", 143],
  ];
  for (const [listened, died, code] of rows) {
    const outcome = await runScript(`${setUp}
      for (const signal of ${JSON.stringify(listened)}) {
        signals.listen(signal, () => console.log("listened"));
      }
      await signals.dieOf("${died}");
      Deno.exit(99);
    `);
    assertEquals(
      [outcome.signal, outcome.code, outcome.stdout],
      [died, code, ""],
      `${listened} ${died}`,
    );
  }
});

Deno.test("dieOf() does it also after the signal was received", async () => {
  await using process = startScript(`${setUp}
    signals.listen("SIGINT", async () => {
      await signals.dieOf("SIGINT");
      Deno.exit(99);
    });
    setInterval(() => {}, 1000);
    console.log("ready");
  `);
  assertEquals(await process.line(), "ready");
  process.kill("SIGINT");
  assertEquals((await process.end()).signal, "SIGINT");
});

Deno.test("dieOf() resolves where nothing listened and the signal is ignored", async () => {
  const { code, signal } = await runScript(
    `${setUp}
      await signals.dieOf("SIGINT");
      Deno.exit(99);
    `,
    { shell: `trap '' INT; exec "$@"` },
  );
  assertEquals([code, signal], [99, null]);
});

Deno.test("dieOf() does it also where the signal was ignored at first", async () => {
  const { signal } = await runScript(
    `${setUp}
      signals.listen("SIGINT", () => {});
      await signals.dieOf("SIGINT");
    `,
    { shell: `trap '' INT; exec "$@"` },
  );
  assertEquals(signal, "SIGINT");
});

Deno.test("dieOf() resolves where the right to do that was given up", async () => {
  const { code, signal, stderr } = await runScript(`${setUp}
    signals.listen("SIGINT", () => {});
    Deno.permissions.revokeSync({ name: "run" });
    await signals.dieOf("SIGINT");
    Deno.exit(130);
  `);
  assertEquals([code, signal, stderr], [130, null, ""]);
});
