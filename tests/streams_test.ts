import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { authority, good, selfSigned } from "../lib/testing/certificates.ts";
import {
  assertStops,
  createFolder,
  isStatic,
  lifesign,
  missing,
  noNamespaces,
  quote,
  run,
  sh,
  start,
  unless,
} from "./harness.ts";

/** A server on a port of its own. */
interface Server extends AsyncDisposable {
  /** Its address, `HOST:PORT`. */
  readonly address: string;
}

/** Serves each connection by a function; it stays open as long as that wants. */
function listen(
  serve: (connection: Deno.Conn) => Promise<void>,
  listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
): Server {
  const { port } = listener.addr as Deno.NetAddr;
  const open = new Set<Deno.Conn>();
  const serving: Promise<void>[] = [];
  const each = async (connection: Deno.Conn) => {
    open.add(connection);
    await serve(connection).catch(() => {});
    open.delete(connection);
    close(connection);
  };
  const accepting = (async () => {
    // A handshake that fails is no reason to end.
    while (true) {
      try {
        serving.push(each(await listener.accept()));
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
      }
    }
  })();
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      open.forEach(close);
      await accepting;
      await Promise.all(serving);
    },
  };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Says this, and listens until the peer ends the connection. */
const says = (text: string) => async (connection: Deno.Conn) => {
  await connection.write(bytesOf(text));
  await connection.readable.pipeTo(new WritableStream());
};

/** Answers each request so. */
function web(
  answer: (request: Request) => Response | Promise<Response>,
): Server {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  return {
    address: `127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A WebSocket of each request, for a function to use once it is open. */
function webSockets(use: (socket: WebSocket) => void): Server {
  return web((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => use(socket);
    return response;
  });
}

/** The address of a port where nobody listens. */
function nobody(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
}

/** Deaths are confirmed at once. */
const quick = ["--dead-after", "0s"];

/** The exit status of a check, and what it said. */
async function check(...args: string[]): Promise<[number, string]> {
  const { code, stdout, stderr } = await run(["check", ...args]);
  return [code, (stdout + stderr).trimEnd()];
}

Deno.test("check asks a TCP server for a connection, or for what is expected", async () => {
  await using server = listen(says("SSH-2.0-test\r\n"));
  const target = `tcp://${server.address}`;
  const [code, said] = await check(target);
  assertEquals(code, 0);
  assert(
    /^default: alive \(127\.0\.0\.1:\d+, .* ms, 1 try\)$/.test(said),
    said,
  );
  assertEquals((await check(target, "--expect", "SSH-"))[0], 0);
  assertEquals((await check(target, "--expect=/^SSH-2\\.\\d/"))[0], 0);
  const [garbled, why] = await check(target, "--expect=HTTP", "-t", "300ms");
  assertEquals(garbled, 23);
  assertStringIncludes(why, 'said "SSH-2.0-test');
});

Deno.test("check says what to send, and hears what comes in pieces", async () => {
  await using server = listen(async (connection) => {
    const buffer = new Uint8Array(64);
    const count = await connection.read(buffer) ?? 0;
    const said = new TextDecoder().decode(buffer.subarray(0, count));
    if (said !== "PING\r\n") return;
    for (const piece of ["PO", "NG"]) await connection.write(bytesOf(piece));
    await connection.read(buffer);
  });
  const target = `tcp://${server.address}`;
  const args = [target, "--send", "PING\\r\\n", "--expect", "PONG"];
  assertEquals((await check(...args))[0], 0);
});

Deno.test("check tells a server that refuses from one that says nothing", async () => {
  const target = `tcp://${nobody()}`;
  const [dead, said] = await check(target, ...quick);
  assertEquals(dead, 10);
  assertStringIncludes(said, "refused the connection, 2 times");
  assertEquals((await check(target, ...quick, "--dead-on", "none"))[0], 20);
  await using silent = listen(says(""));
  const args = ["--expect", "hello", "--timeout", "200ms"];
  const [code, why] = await check(`tcp://${silent.address}`, ...args);
  assertEquals(code, 20);
  assertStringIncludes(why, "did not answer in time, 2 tries");
});

/** Why nothing can be asked by TLS; `undefined` if it can. */
const noTls = isStatic ? "this build has no TLS" : undefined;

unless(isStatic ? undefined : "this build has TLS").test(
  "a target that needs TLS is refused where there is none",
  async () => {
    for (
      const target of [
        "tls://192.0.2.1:443",
        "wss://192.0.2.1/",
        "srun+https://192.0.2.1",
        "captive+https://192.0.2.1/",
      ]
    ) {
      const { code, stdout, stderr } = await run(["check", target]);
      assertEquals([code, stdout], [78, ""], stderr);
      assertStringIncludes(stderr, "this build has no TLS");
    }
  },
);

unless(noTls).test("check asks a TLS server for its certificate", async () => {
  const serve = (certificate: { cert: string; key: string }) =>
    listen(
      says("hello"),
      Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }),
    );
  await using folder = await createFolder({ ca: authority });
  const ca = ["--ca-file", `${folder.path}/ca`];
  await using server = serve(good);
  const target = `tls://${server.address}`;
  assertEquals((await check(target, ...ca, "--expect", "hello"))[0], 0);
  assertEquals((await check(target, ...ca, "--tls-name=peer.example"))[0], 0);
  await using other = serve(selfSigned);
  const wrong = [
    [target],
    [target, ...ca, "--tls-name=elsewhere.example"],
    [`tls://${other.address}`, ...ca],
  ];
  for (const args of wrong) {
    const [code, said] = await check(...args);
    assertEquals([code, said.includes("× certificate")], [23, true], said);
  }
  await using plain = listen(says("SSH-2.0-test\r\n"));
  assertEquals((await check(`tls://${plain.address}`, ...ca))[0], 23);
});

Deno.test("check asks a WebSocket for a pong", async () => {
  await using alive = webSockets((socket) => socket.send("hello"));
  assertEquals((await check(`ws://${alive.address}/chat`))[0], 0);
  await using closed = webSockets((socket) => socket.close(4001, "log in"));
  const [dead, said] = await check(`ws://${closed.address}/`, ...quick);
  assertEquals(dead, 10);
  assertStringIncludes(said, "closed with 4001 (log in), 2 times");
});

Deno.test("check sends a WebSocket headers from a file, and takes a 401 for a death only then", async () => {
  await using server = web((request) => {
    if (request.headers.get("authorization") !== "Bearer 1234") {
      return new Response("who are you?", { status: 401 });
    }
    return Deno.upgradeWebSocket(request).response;
  });
  await using folder = await createFolder({
    right: "Authorization: Bearer 1234\n",
    wrong: "Authorization: Bearer 1\n",
  });
  const target = `ws://${server.address}/`;
  const headers = (name: string) => [
    ...["--headers-file", `${folder.path}/${name}`, ...quick],
  ];
  assertEquals((await check(target, ...headers("right")))[0], 0);
  assertEquals((await check(target, ...headers("wrong")))[0], 10);
  assertEquals((await check(target))[0], 23);
  await Deno.chmod(`${folder.path}/right`, 0o644);
  const [code, said] = await check(target, ...headers("right"));
  assertEquals([code, said.includes("Bearer")], [78, false]);
  assertStringIncludes(said, "others can read the file");
});

Deno.test("check asks portals who is logged in", async () => {
  const online = { error: "ok", user_name: "20231234", online_ip: "192.0.2.9" };
  const offline = { error: "not_online_error", res: "not_online_error" };
  let body: unknown = online;
  const asked: string[] = [];
  await using server = web((request) => {
    const url = new URL(request.url);
    asked.push(url.pathname);
    const callback = url.searchParams.get("callback");
    return new Response(
      typeof body === "string" ? body : `${callback}(${JSON.stringify(body)})`,
    );
  });
  const target = `srun+http://${server.address}`;
  const { stdout } = await run(["check", "--json", target]);
  const { exit_code, sessions: [session] } = JSON.parse(stdout);
  assertEquals([exit_code, session.portal.user], [0, "***34"]);
  const [code, said] = await check(target, "--expect", "20239999");
  assertEquals(code, 0);
  assertStringIncludes(said, "but logged in as another user than expected");
  body = offline;
  assertEquals((await check(target, ...quick))[0], 10);
  body = "<html>Welcome";
  assertEquals((await check(target))[0], 23);
  assertEquals([...new Set(asked)], ["/cgi-bin/rad_user_info"]);
});

Deno.test("check asks for a 204, and takes a redirect for a portal", async () => {
  const answers = [
    new Response(null, { status: 204 }),
    ...Array.from({ length: 2 }, () => Response.redirect("http://portal/")),
    ...Array.from({ length: 2 }, () => new Response("", { status: 503 })),
  ];
  await using server = web(() => answers.shift()!);
  const target = `probe204+http://${server.address}/generate_204`;
  const codes: number[] = [];
  for (let k = 0; k < 3; k++) codes.push((await check(target, ...quick))[0]);
  assertEquals(codes, [0, 10, 20]);
  // A firewall may refuse, too.
  assertEquals((await check(`probe204+http://${nobody()}/`))[0], 20);
});

Deno.test("check needs no proxy, whatever the environment says", async () => {
  await using server = web(() => new Response(null, { status: 204 }));
  const { code } = await run(["check", `probe204+http://${server.address}/`], {
    env: { http_proxy: `http://${nobody()}` },
  });
  assertEquals(code, 0);
});

Deno.test("run holds a WebSocket, and connects again when the server ends it, without a transition", async () => {
  const sockets: WebSocket[] = [];
  await using server = webSockets((socket) => sockets.push(socket));
  const target = `ws://${server.address}/`;
  await using agent = start(["run", "--json", target, "--interval", "1s"]);
  const first = await agent.cycle();
  assertEquals([first["verdict"], first["held"]], ["alive", false]);
  const second = await agent.cycle();
  assertEquals([second["verdict"], second["held"]], ["alive", true]);
  sockets[0]!.close(1001, "restart");
  const { reason } = await agent.event(({ event, to }) => {
    assert(event !== "transition" || to === "alive");
    return event === "reconnect";
  });
  assertEquals(reason, "closed with 1001 (restart)");
  const last = await agent.cycle();
  assertEquals([last["verdict"], sockets.length], ["alive", 2]);
  const stderr = await assertStops(agent);
  assertStringIncludes(stderr, "default: connected again");
});

Deno.test("doctor measures how long a server leaves an idle WebSocket up", async () => {
  await using server = webSockets((socket) => {
    setTimeout(() => socket.close(1001, "idle"), 1_000);
  });
  const target = `ws://${server.address}/`;
  const { code, stdout } = await run(["doctor", "--idle-limit", target]);
  assertEquals(code, 0);
  const said = stdout.replace(/\s+/g, " ");
  const idle =
    /✗ idle .* closed with 1001 \(idle\), after ([\d.]+) s without a word: an interval of (\d+)ms keeps it/;
  const [, limit, interval] = idle.exec(said)!.map(Number);
  // The server's second begins before doctor's.
  assert(interval! < limit! * 1_000, stdout);
});

Deno.test("check takes a path that is no socket for a mistake, and not for a death", async () => {
  for (const path of ["/tmp", "/dev/null"]) {
    assertEquals(await check(`x11://${path}`, ...quick), [
      21,
      `default: unsendable (ENOTSOCK: ${path} is no socket)`,
    ]);
  }
});

unless(await missing("ip") ?? await noNamespaces("-rn")).test(
  "check takes no socket for alive that is connected to itself",
  async () => {
    // The only free port is the one that is asked.
    const range = "/proc/sys/net/ipv4/ip_local_port_range";
    const { code, stdout, stderr } = await sh(`unshare -rn sh -c '
      ip link set lo up && echo 40000 40001 >${range} &&
      exec "$0" check tcp://127.0.0.1:40000 --dead-after 0s --timeout 30s
    ' ${quote(lifesign)}`);
    assertEquals([code, stdout, stderr], [
      10,
      "default: dead (127.0.0.1:40000 refused the connection, 2 times)\n",
      "",
    ]);
  },
);

/** Opens a WebSocket, answers no ping, and sends messages without an end. */
async function flood(connection: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(4096);
  const length = await connection.read(bytes) ?? 0;
  const head = new TextDecoder().decode(bytes.subarray(0, length));
  const [, key = ""] = /^sec-websocket-key: (.+)\r$/im.exec(head)!;
  const magic = bytesOf(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", magic));
  const lines = [
    ...["HTTP/1.1 101 Yes", "Upgrade: websocket", "Connection: Upgrade"],
    ...[`Sec-WebSocket-Accept: ${digest.toBase64()}`, "", ""],
  ];
  await connection.write(bytesOf(lines.join("\r\n")));
  const message = [0x82, 5, ...bytesOf("hello")];
  const messages = Uint8Array.from(Array(5_000).fill(message).flat());
  const writer = connection.writable.getWriter();
  for (;;) await writer.write(messages);
}

Deno.test("a server that never stops sending keeps out no timer, no other session and no signal", async () => {
  await using flooding = listen(flood);
  await using calm = listen(says("hello"));
  const target = `ws://${flooding.address}/`;
  const [code, text] = await check(target, "-t100ms", ...quick);
  assertEquals(code, 20, text);
  await using folder = await createFolder({
    f: `interval = 1s
timeout = 100ms
[flooding]
target = ${target}
[calm]
target = tcp://${calm.address}
`,
  });
  await using agent = start(["run", "--json", "-c", `${folder.path}/f`]);
  for (let cycles = 0; cycles < 3; cycles++) {
    await agent.event((it) =>
      it["event"] === "cycle" && it["session"] === "calm"
    );
  }
  await assertStops(agent);
});

Deno.test("run ends with 10 once a server is gone for good", async () => {
  const server = listen(says("hello"));
  const target = `tcp://${server.address}`;
  const args = ["--interval", "200ms", "--dead-after", "300ms"];
  await using agent = start(["run", "--json", target, ...args]);
  assertEquals((await agent.cycle())["verdict"], "alive");
  await server[Symbol.asyncDispose]();
  const { to } = await agent.event(({ event, to }) =>
    event === "transition" && to !== "alive"
  );
  assertEquals([to, (await agent.outcome).code], ["dead", 10]);
});
