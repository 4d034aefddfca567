import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createFolder, run, start, startGateway } from "../harness.ts";
import { memoryOf } from "../proc.ts";

/** How many datagrams an attack has. */
const attack = 100_000;

/** How much an attack may add to a process, in KB: what a busy runtime takes for a while. */
const mostMemory = 24 * 1024;

/** How many datagrams are sent before the receiver's buffer has to be empty again. */
const batch = 100;

/** A socket between a client and its reflector. */
interface Relay extends AsyncDisposable {
  /** Its address for the client. */
  readonly address: string;
  /** Whether the reflector's answers reach the client. */
  isOpen: boolean;
  /** All answers of the reflector so far. */
  readonly answers: readonly Uint8Array<ArrayBuffer>[];
  /** All requests of the client so far. */
  readonly requests: readonly Uint8Array<ArrayBuffer>[];
  /** Called after each request, and not waited for. */
  onRequest: (client: Deno.Addr) => void;
  /** Sends something to the client, or to the reflector. */
  send(bytes: Uint8Array, to: Deno.Addr): Promise<void>;
}

function openRelay(reflector: Deno.NetAddr): Relay {
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const answers: Uint8Array<ArrayBuffer>[] = [];
  const requests: Uint8Array<ArrayBuffer>[] = [];
  const { port } = socket.addr as Deno.NetAddr;
  let client: Deno.Addr | null = null;
  const relay: Relay = {
    address: `127.0.0.1:${port}`,
    isOpen: true,
    answers,
    requests,
    onRequest: () => {},
    send: async (bytes, to) => void await socket.send(bytes, to),
    async [Symbol.asyncDispose]() {
      socket.close();
      await running;
    },
  };
  async function forward(): Promise<void> {
    for await (const [bytes, from] of socket) {
      const copy = Uint8Array.from(bytes);
      if ((from as Deno.NetAddr).port === reflector.port) {
        answers.push(copy);
        if (relay.isOpen && client !== null) await socket.send(copy, client);
        continue;
      }
      client = from;
      requests.push(copy);
      if (relay.isOpen) await socket.send(copy, reflector);
      relay.onRequest(from);
    }
  }
  const running = forward();
  return relay;
}

const files = { key: "5e".repeat(32) };

/** A packet with one bit changed. */
function forged(packet: Uint8Array<ArrayBuffer>, n: number) {
  const at = n % (packet.length * 8);
  return packet.map((byte, place) =>
    place === at >> 3 ? byte ^ 1 << (at & 7) : byte
  );
}

Deno.test("run takes no old and no forged answer of a reflector for life", async () => {
  await using folder = await createFolder(files);
  const key = ["--key-file", `${folder.path}/key`];
  await using gateway = await startGateway(
    ...["--listen", "stamp://127.0.0.1:0", ...key],
  );
  const [, port] = gateway.address.split(":");
  await using relay = openRelay({
    transport: "udp",
    hostname: "127.0.0.1",
    port: Number(port),
  });
  await using agent = start([
    ...["run", "--json", "-q", "-i500ms", "-t200ms", "-n2", ...key],
    `stamp://${relay.address}`,
  ]);
  // On a busy machine some come late.
  while (relay.answers.length < 5) await agent.cycle();
  const before = memoryOf(agent.pid).anonymous;
  let sent = 0;
  let flood: Promise<void> | null = null;
  relay.onRequest = (client) => {
    flood ??= floodOnce(client).finally(() => flood = null);
  };
  async function floodOnce(client: Deno.Addr): Promise<void> {
    for (let n = 0; n < 20 * batch; n++) {
      const old = relay.answers[n % 5]!;
      await relay.send(n % 2 === 0 ? old : forged(old, sent), client);
      sent++;
      // The buffer of a socket has room for about 270.
      if (n % batch === 0) await new Promise((wake) => setTimeout(wake, 1));
    }
  }
  relay.isOpen = false;
  // The answer that was under way may still have come.
  while (sent === 0) await agent.cycle();
  while (sent < attack) {
    const it = await agent.cycle();
    assertNotEquals(it["verdict"], "alive", JSON.stringify(it));
    assertNotEquals(it["verdict"], "dead", JSON.stringify(it));
  }
  relay.isOpen = true;
  // Among as many forged ones the true answer counts.
  await agent.event(({ verdict }) => verdict === "alive");
  relay.onRequest = () => {};
  await flood;
  const grown = memoryOf(agent.pid).anonymous - before;
  console.log(`${sent} forged and old answers, ${grown} KB more`);
  assert(grown < mostMemory, `${grown} KB`);
});

Deno.test("gateway answers no forged and no old request, and remembers none", async () => {
  await using folder = await createFolder(files);
  const file = `${folder.path}/key`;
  await using gateway = await startGateway(
    ...["-q", "--listen", "stamp://127.0.0.1:0", "--key-file", file],
    ...["--max-age", "1s", "--metrics-file", `${folder.path}/metrics`],
  );
  const [hostname = "", port] = gateway.address.split(":");
  const to: Deno.NetAddr = { transport: "udp", hostname, port: Number(port) };
  await using relay = openRelay(to);
  const check = async () => {
    const target = ["--key-file", file, "-t60s", `stamp://${relay.address}`];
    return (await run(["check", ...target])).code;
  };
  assertEquals(await check(), 0);
  const [request] = relay.requests;
  // Until it is old.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const before = memoryOf(gateway.pid).anonymous;
  const since = relay.answers.length;
  for (let n = 0; n < attack; n++) {
    await relay.send(n % 2 === 0 ? request! : forged(request!, n), to);
    if (n % batch === 0) await new Promise((wake) => setTimeout(wake, 1));
  }
  assertEquals(relay.answers.length, since);
  assertEquals(await check(), 0);
  const grown = memoryOf(gateway.pid).anonymous - before;
  gateway.signal("SIGTERM");
  assertEquals((await gateway.outcome).code, 0);
  const metrics = await Deno.readTextFile(`${folder.path}/metrics`);
  const count = (action: string) =>
    Number(metrics.split(`{action="${action}"} `)[1]?.split("\n")[0]);
  console.log(
    `${count("stale")} old ones, ${count("mac")} forged ones, ${grown} KB more`,
  );
  assertEquals(count("alive"), 2);
  // Some may not have fitted into its buffer.
  assert(count("stale") + count("mac") > attack / 2, metrics);
  assert(grown < mostMemory, `${grown} KB`);
});
