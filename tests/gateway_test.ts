import { assert, assertEquals } from "@std/assert";
import { assertRefused, run, start, startGateway } from "./harness.ts";

/** Opens a UDP socket that asks one address. */
function openSocket(address: string) {
  const [hostname = "", port] = address.split(":");
  const transport = "udp";
  const socket = Deno.listenDatagram({ hostname, port: 0, transport });
  return {
    send: (bytes: Uint8Array) =>
      socket.send(bytes, { transport, hostname, port: Number(port) }),
    receive: async () => (await socket.receive())[0],
    [Symbol.dispose]: () => socket.close(),
  };
}

Deno.test("gateway tells about each request, and obeys stdin", async () => {
  await using gateway = await startGateway("--uid", "77", "--uid", "78");
  const check = (uid: string) =>
    run(["check", "-g", gateway.address, "-u", uid, "-t", "300ms"]);
  const actions = async (count: number) => {
    const seen: unknown[] = [];
    while (seen.length < count) {
      const { uid, action } = await gateway.event(({ event }) =>
        event === "request"
      );
      seen.push(`${uid} ${action}`);
    }
    return seen;
  };
  assertEquals((await check("78")).code, 0);
  assertEquals(await actions(1), ["78 alive"]);
  await gateway.type("kill 78");
  assertEquals(await gateway.event(), { event: "kill", uid: "78" });
  assertEquals((await check("78")).code, 10);
  assertEquals(await actions(6), Array(6).fill("78 dead"));
  await gateway.type("what?\nrevive 78");
  assertEquals(await gateway.event(), { event: "revive", uid: "78" });
  assertEquals((await check("78")).code, 0);
  assertEquals((await check("77")).code, 0);
  gateway.signal("SIGTERM");
  const { stderr } = await gateway.outcome;
  assertEquals(
    stderr,
    'stdin: Cannot obey "what?": expected kill UID, revive UID, list or help, e.g. kill 123456\n',
  );
});

Deno.test("gateway lets sessions die after --dead-after and --expire", async () => {
  await using short = await startGateway("--dead-after", "0s");
  const quick = ["-u", "1", "-t", "300ms"];
  assertEquals((await run(["check", "-g", short.address, ...quick])).code, 10);

  await using strict = await startGateway("--expire", "0s");
  const args = ["check", "-g", strict.address, ...quick];
  assertEquals((await run(args)).code, 0);
  assertEquals((await run(args)).code, 10);
});

Deno.test("gateway repeats chance from a seed", async () => {
  const story = async () => {
    await using gateway = await startGateway("--loss", "0.5", "--seed", "7");
    const seen: unknown[] = [];
    const args = ["check", "-g", gateway.address, "-u", "1", "-n9", "-t20ms"];
    await run(args);
    for (;;) {
      const { action } = await gateway.event();
      seen.push(action);
      if (action === "alive") return seen;
    }
  };
  const first = await story();
  assert(first.length > 1);
  assertEquals(await story(), first);
});

Deno.test("gateway answers nothing but a request of eight bytes", async () => {
  await using gateway = await startGateway();
  using socket = openSocket(gateway.address);
  for (const length of [0, 7, 9, 1500, 65507]) {
    await socket.send(new Uint8Array(length));
    const { action, uid } = await gateway.event();
    assertEquals([action, uid], ["invalid", null], `${length} bytes`);
  }
  await socket.send(new Uint8Array(8));
  assertEquals(await socket.receive(), new Uint8Array(16));
});

Deno.test("gateway --duplicate and --reorder send each reply once or twice, --forge one more", async () => {
  const rows: [string[], number][] = [
    [[], 1],
    [["--duplicate"], 2],
    [["--reorder"], 1],
    [["--duplicate", "--reorder"], 2],
    [["--forge", "dead@other-port"], 2],
  ];
  for (const [flags, count] of rows) {
    await using gateway = await startGateway(...flags);
    using socket = openSocket(gateway.address);
    for (let n = 0; n < 5; n++) {
      await socket.send(new Uint8Array(8));
    }
    for (let n = 0; n < 5 * count; n++) {
      assertEquals((await socket.receive()).length, 16);
    }
  }
});

for (const scheme of ["srun+http", "ws"]) {
  Deno.test(`gateway answers as ${scheme}:// does, and check understands it`, async () => {
    const rows: [
      flags: string[],
      code: number,
      action: string,
      note?: Record<string, string>,
    ][] = [
      [[], 0, "alive"],
      [["--delay", "50ms"], 0, "alive"],
      [["--dead-after", "0s"], 10, "dead", {
        "srun+http": "says not_online_error",
        ws: "closed with 1008 (logged out)",
      }],
      [["--dead-after", "0s", "--silent"], 20, "dead"],
      [["--loss", "1"], 20, "request_lost"],
      [["--garble", "503"], 20, "garbled"],
      [["--garble", "html"], 23, "garbled", {
        "srun+http": 'answered with the web page "Login"',
        ws: "answered 200",
      }],
    ];
    for (const [flags, expected, action, { [scheme]: note } = {}] of rows) {
      const title = `${scheme} ${flags.join(" ")}`;
      await using gateway = await startGateway(
        ...["--listen", `${scheme}://127.0.0.1:0`, ...flags],
      );
      const { code, stdout } = await run([
        ...["check", `${scheme}://${gateway.address}`, "--json"],
        ...["--timeout", expected === 20 ? "400ms" : "60s"],
        ...["--dead-after", "0s"],
      ]);
      assertEquals(code, expected, `${title}: ${stdout}`);
      const { client_host, client_port, ...event } = await gateway.event();
      assertEquals(event, { event: "request", action }, title);
      assertEquals([client_host, typeof client_port], ["127.0.0.1", "number"]);
      if (note === undefined) continue;
      assertEquals(JSON.parse(stdout).sessions[0].note, note, title);
    }
  });

  Deno.test(`gateway ends idle connections as ${scheme}://, also before a request`, async () => {
    const listen = ["--listen", `${scheme}://127.0.0.1:0`];
    await using gateway = await startGateway(
      ...[...listen, "--idle-limit", "1ms", "--loss", "1"],
    );
    const { code, stdout } = await run([
      ...["check", `${scheme}://${gateway.address}`, "--json"],
      ...["--timeout", "60s", "--dead-after", "0s"],
    ]);
    assertEquals(code, 20, stdout);
    // Who waits for an answer in vain tries once.
    assertEquals(JSON.parse(stdout).sessions[0].tries, 2);
  });

  Deno.test(`gateway obeys stdin as ${scheme}:// at ::1`, async () => {
    const listen = `${scheme}://[::1]:0`;
    await using gateway = start(["gateway", "--json", "--listen", listen]);
    const { host, port, ...rest } = await gateway.event();
    assertEquals([host, rest], ["::1", {
      event: "listening",
      protocol: scheme,
    }]);
    const check = async () => {
      const target = `${scheme}://[::1]:${port}`;
      const args = ["check", target, "-q", "--dead-after", "0s"];
      return (await run(args)).code;
    };
    assertEquals(await check(), 0);
    await gateway.type("kill");
    await gateway.event(({ event }) => event === "kill");
    assertEquals(await check(), 10);
    await gateway.type("revive");
    await gateway.event(({ event }) => event === "revive");
    assertEquals(await check(), 0);
    const taken = ["gateway", "--listen", `${scheme}://[::1]:${port}`];
    assertRefused(
      await run(taken),
      73,
      `--listen: Cannot listen at ${
        taken[2]
      }: [::1]:${port} is taken: \`ss -tlnp\` shows who has it`,
    );
  });
}

Deno.test("gateway tells run at once that a kept connection's session is dead", async () => {
  await using gateway = await startGateway("--listen", "ws://127.0.0.1:0");
  const target = `ws://${gateway.address}`;
  await using agent = start([
    ...["run", target, "--json", "--interval", "1h", "--dead-after", "0s"],
  ]);
  const { verdict } = await agent.cycle();
  assertEquals(verdict, "alive");
  await gateway.type("kill");
  const { code } = await agent.outcome;
  assertEquals(code, 10);
});

Deno.test("gateway closes a connection whose head is longer than 16 KiB", async () => {
  const listen = "srun+http://127.0.0.1:0";
  await using gateway = await startGateway("--listen", listen);
  const port = Number(gateway.address.split(":")[1]);
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET / HTTP/1.1\r\nA: ${"x".repeat(17 * 1024)}`;
  await client.write(new TextEncoder().encode(head));
  const answer = await new Response(client.readable).text().catch(() => "");
  assert(answer === "" || answer.startsWith("HTTP/1.1 431 "), answer);
  assertEquals((await gateway.event()).action, "invalid");
});
