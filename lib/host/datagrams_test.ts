import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type BindOptions,
  type DatagramSocket,
  type Endpoint,
  type Fault,
  isFault,
} from "../world.ts";
import { datagrams } from "./datagrams.ts";
import { runScript, unprivileged } from "./test_process.ts";

const local = "127.0.0.1";

/** A socket that waits for what comes. */
interface Receiver extends Disposable, DatagramSocket {
  /** Resolves to the next datagram. */
  next(): Promise<{ bytes: Uint8Array; from: Endpoint }>;
}

/** Binds a socket, to a free local port if nothing else is given. */
function bind(options: Partial<BindOptions>): DatagramSocket {
  const usual = { host: local, port: 0, longest: 16, onDatagram() {} };
  const socket = datagrams.bind({ ...usual, ...options });
  if (isFault(socket)) throw new Error(socket.message);
  return socket;
}

function open(options: Partial<BindOptions> = {}): Receiver {
  const come: { bytes: Uint8Array; from: Endpoint }[] = [];
  let notify = () => {};
  const socket = bind({
    ...options,
    onDatagram(bytes, from) {
      come.push({ bytes, from });
      notify();
    },
  });
  return {
    port: socket.port,
    send: (...datagram) => socket.send(...datagram),
    close: () => socket.close(),
    async next() {
      if (come.length === 0) {
        await new Promise<void>((resolve) => notify = resolve);
      }
      return come.shift()!;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

function noFault(fault: Fault): never {
  throw new Error(`${fault.code}: ${fault.message}`);
}

/** Bytes that are not all the same. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, k) => k * 7 + 1);
}

Deno.test("bind() receives datagrams of any length, cut off one byte after the longest", async () => {
  using sender = open();
  for (const longest of [0, 8, 16, 65507]) {
    using receiver = open({ longest });
    const to = { host: local, port: receiver.port };
    for (const length of [0, 1, 16, 17, 1500, 65507]) {
      const sent = pattern(length);
      sender.send(sent, to, noFault);
      const { bytes, from } = await receiver.next();
      assertEquals(bytes, sent.slice(0, longest + 1));
      assertEquals(from, { host: local, port: sender.port });
    }
  }
});

Deno.test("bind() hands out a copy with every datagram", async () => {
  using sender = open();
  using receiver = open();
  const to = { host: local, port: receiver.port };
  sender.send(pattern(16), to, noFault);
  const { bytes } = await receiver.next();
  sender.send(new Uint8Array(16), to, noFault);
  await receiver.next();
  assertEquals(bytes, pattern(16));
});

Deno.test("bind() chooses a free port, and both ends see the same ones", async () => {
  for (const host of [local, "127.5.6.7", "::1"]) {
    using one = open({ host });
    using other = open({ host });
    assert(one.port > 0 && one.port !== other.port);
    one.send(pattern(3), { host, port: other.port }, noFault);
    const { from } = await other.next();
    assertEquals(from, { host, port: one.port });
    other.send(pattern(4), from, noFault);
    assertEquals((await one.next()).from, { host, port: other.port });
  }
});

Deno.test("bind() takes any local address with 0.0.0.0 and with ::", async () => {
  for (const [any, host] of [["0.0.0.0", local], ["::", "::1"]] as const) {
    using receiver = open({ host: any });
    using sender = open({ host });
    sender.send(pattern(5), { host, port: receiver.port }, noFault);
    assertEquals((await receiver.next()).from, { host, port: sender.port });
  }
});

Deno.test("bind() returns a fault for what can't be bound", () => {
  using taken = open();
  const rows: [host: string, port: number, code: string, words: string][] = [
    ["192.0.2.1", 0, "EADDRNOTAVAIL", "192.0.2.1 is not an address"],
    ["2001:db8::1", 0, "EADDRNOTAVAIL", "2001:db8::1 is not an address"],
    // A port that is everybody's: below 1024, others than root hear EACCES.
    ["2001:db8::1", 7777, "EADDRNOTAVAIL", "[2001:db8::1]:7777 is not an"],
    [local, taken.port, "EADDRINUSE", `${local}:${taken.port} is taken`],
    ["a b", 0, "URIError", "a b: invalid host"],
  ];
  for (const [host, port, code, words] of rows) {
    const options = { host, port, longest: 16, onDatagram() {} };
    const fault = datagrams.bind(options);
    assert(isFault(fault));
    assertEquals(fault.code, code);
    assertStringIncludes(fault.message, words);
  }
});

Deno.test("bind() returns a fault when descriptors run out, and works again when some are free", async () => {
  const { code, stdout, stderr } = await runScript(
    `
      import { isFault } from "../world.ts";
      import { datagrams } from "./datagrams.ts";
      const options = { host: "127.0.0.1", port: 0, longest: 16, onDatagram() {} };
      const sockets = [];
      for (;;) {
        const socket = datagrams.bind(options);
        if (isFault(socket)) {
          console.log(socket.code, socket.message);
          break;
        }
        sockets.push(socket);
      }
      sockets.pop().close();
      await new Promise((resolve) => setTimeout(resolve));
      sockets.push(datagrams.bind(options));
      for (const socket of sockets) socket.close();
    `,
    { shell: `ulimit -n 100; exec "$@"` },
  );
  const line =
    "EMFILE this process has too many open files: raise `ulimit -n`\n";
  assertEquals([code, stdout, stderr], [0, line, ""]);
});

/** Whether this machine, unlike most containers, keeps low ports for root. */
function keepsLowPorts(): boolean {
  const path = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
  return Number(Deno.readTextFileSync(path)) > 7;
}

Deno.test(
  `bind() says that a port below 1024 is not everybody's${
    keepsLowPorts() ? "" : " (skipped: they are everybody's here)"
  }`,
  { ignore: !keepsLowPorts() },
  async () => {
    const { stdout, stderr } = await runScript(
      `
      import { datagrams } from "./datagrams.ts";
      const fault = datagrams.bind({ host: "127.0.0.1", port: 7, longest: 16, onDatagram() {} });
      console.log(fault.code, fault.message);
    `,
      unprivileged,
    );
    const line =
      "EACCES the use of 127.0.0.1:7 is not permitted: a prohibiting route (`ip route`), or a port below 1024?\n";
    assertEquals([stdout, stderr], [line, ""]);
  },
);

Deno.test("send() tells what can't leave this machine, and the socket lives on", async () => {
  const rows: [bytes: number, host: string, port: number, code: string][] = [
    [65508, local, 9, "EMSGSIZE"],
    [1, local, 0, "EINVAL"],
    [1, "::1", 9, "EAFNOSUPPORT"],
    [1, "a b", 9, "URIError"],
  ];
  using receiver = open();
  for (const [length, host, port, code] of rows) {
    const fault = await new Promise<Fault>((resolve) =>
      receiver.send(new Uint8Array(length), { host, port }, resolve)
    );
    assertEquals(fault.code, code);
  }
  receiver.send(pattern(2), { host: local, port: receiver.port }, noFault);
  assertEquals((await receiver.next()).bytes, pattern(2));
});

Deno.test("send() hears nothing of a port that is closed", async () => {
  using sender = open();
  const gone = open();
  gone.close();
  for (let k = 0; k < 3; k++) {
    sender.send(pattern(8), { host: local, port: gone.port }, noFault);
  }
  sender.send(pattern(1), { host: local, port: sender.port }, noFault);
  assertEquals((await sender.next()).bytes, pattern(1));
});

Deno.test("close() ends a socket that receives, and twice is once", async () => {
  const { port, close } = open();
  close();
  close();
  // The port is free once the receiving has been given up.
  await new Promise((resolve) => setTimeout(resolve));
  using again = open({ port });
  close();
  again.send(pattern(1), { host: local, port }, noFault);
  assertEquals((await again.next()).bytes, pattern(1));
});

Deno.test("close() lets nothing be received or complained about afterwards", async () => {
  using sender = open();
  let received = 0;
  const socket = bind({ onDatagram: () => received++ });
  const to = { host: local, port: socket.port };
  sender.send(pattern(1), to, noFault);
  socket.send(new Uint8Array(65508), to, noFault);
  socket.close();
  socket.send(pattern(1), to, noFault);
  sender.send(pattern(1), { host: local, port: sender.port }, noFault);
  await sender.next();
  assertEquals(received, 0);
});

Deno.test("close() may be called from within onDatagram()", async () => {
  using sender = open();
  let received = 0;
  await new Promise<void>((resolve) => {
    const socket = bind({
      onDatagram() {
        received++;
        socket.close();
        resolve();
      },
    });
    for (const length of [1, 2, 3]) {
      sender.send(pattern(length), { host: local, port: socket.port }, noFault);
    }
  });
  sender.send(pattern(1), { host: local, port: sender.port }, noFault);
  await sender.next();
  assertEquals(received, 1);
});
