import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../random.ts";
import { createFakeNetwork } from "../../testing/fake_network.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import { type DatagramSocket, type Fault, isFault } from "../../world.ts";
import { createSockets } from "./sockets.ts";

const gateway = { host: "192.0.2.1", port: 3335 };

/** Sockets in a process that may have so many open. */
function setUp(limit = Infinity) {
  const clock = createVirtualClock();
  const random = seededRandom(1);
  const network = createFakeNetwork({ clock, random, respond: () => [] });
  const full: Fault = { code: "EMFILE", message: "no descriptor is left" };
  const sockets = createSockets({
    clock,
    datagrams: {
      bind: (options) => network.open >= limit ? full : network.bind(options),
    },
  });
  return { clock, network, sockets };
}

Deno.test("watch() lets a set of each family listen, as long as somebody watches", () => {
  const { network, sockets: { decoys } } = setUp();
  const heard: string[] = [];
  const watcher = (name: string) => ({
    longest: 16,
    onDatagram: (bytes: Uint8Array) => heard.push(`${name} ${bytes.length}`),
  });
  const stopA = decoys.watch("4", watcher("a"));
  const { open } = network;
  assert(open >= 16, `${open}`);
  const stopB = decoys.watch("4", watcher("b"));
  assertEquals(network.open, open, "sessions share them");
  network.deliver(network.ports[3]!, new Uint8Array(16), gateway);
  assertEquals(heard, ["a 16", "b 16"]);
  const stopSix = decoys.watch("6", watcher("six"));
  assertEquals([...new Set(network.hosts)], ["0.0.0.0", "::"]);
  assertEquals(network.open, 2 * open);
  stopA();
  stopA();
  assertEquals(network.open, 2 * open);
  stopB();
  stopSix();
  assertEquals(network.open, 0);
});

Deno.test("watch() leaves the room to heartbeats where descriptors are few", () => {
  const { clock, network, sockets } = setUp(20);
  const stop = sockets.decoys.watch("4", { longest: 16, onDatagram() {} });
  assertEquals(network.open, 20);
  const bound: DatagramSocket[] = [];
  for (let n = 0; n < 10; n++) {
    sockets.bind({
      host: "0.0.0.0",
      longest: 16,
      onDatagram() {},
      avoid: [],
      until: clock.now() + 1_000,
    }, (socket) => !isFault(socket) && bound.push(socket));
  }
  clock.runUntil(500);
  assertEquals(bound.length, 10);
  stop();
  assertEquals(network.open, 10);
});
