import { assert, assertEquals } from "@std/assert";
import { type DatagramSocket, isFault } from "../world.ts";
import { createFakeNetwork, type FakeNetworkOptions } from "./fake_network.ts";
import { createVirtualClock } from "./virtual_clock.ts";

const gateway = { host: "192.0.2.1", port: 3335 };
const stranger = { host: "203.0.113.9", port: 53 };

/** A network, and how to bind a socket whose datagrams are told as lines. */
function setUp(respond: FakeNetworkOptions["respond"] = () => []) {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock, random: () => 0.5, respond });
  const lines: string[] = [];
  const bind = (port = 0, longest = 16) => {
    const socket = network.bind({
      host: "0.0.0.0",
      port,
      longest,
      onDatagram(bytes, from) {
        lines.push(`${clock.now()} ${bytes.length} ${from.host}:${from.port}`);
      },
    });
    assert(!isFault(socket));
    return socket as DatagramSocket;
  };
  return { clock, network, lines, bind };
}

function noFault(): never {
  throw new Error("It could not be sent");
}

Deno.test("respond() answers the socket that asked, as long as it is open", () => {
  const { clock, network, lines, bind } = setUp(() => [
    { bytes: new Uint8Array(16), after: 10 },
    { bytes: new Uint8Array(40), after: 5, from: stranger },
    { bytes: new Uint8Array(1), after: 20 },
  ]);
  const socket = bind();
  const bytes = Uint8Array.of(1, 2);
  clock.runUntil(100);
  socket.send(bytes, gateway, noFault);
  clock.runUntil(115);
  socket.close();
  socket.send(bytes, gateway, noFault);
  clock.runUntil(200);
  assertEquals(lines, ["105 17 203.0.113.9:53", "110 16 192.0.2.1:3335"]);
  const { port } = socket;
  assertEquals(network.requests, [{ at: 100, port, to: gateway, bytes }]);
  assertEquals([network.open, network.refused], [0, 1]);
});

Deno.test("respond() refuses with a fault, and then nothing was sent", () => {
  const fault = { code: "ENETUNREACH", message: "no route" };
  const { network, bind } = setUp(() => fault);
  const faults: unknown[] = [];
  bind().send(new Uint8Array(8), gateway, (fault) => faults.push(fault));
  assertEquals([faults, network.requests], [[fault], []]);
});

Deno.test("deliver() reaches the socket at a port, if there is one", () => {
  const { network, lines, bind } = setUp();
  const socket = bind(3335, 8);
  network.deliver(3335, new Uint8Array(8), stranger);
  network.deliver(3335, new Uint8Array(100), stranger);
  network.deliver(3336, new Uint8Array(8), stranger);
  socket.close();
  network.deliver(3335, new Uint8Array(8), stranger);
  assertEquals(lines, ["0 8 203.0.113.9:53", "0 9 203.0.113.9:53"]);
  assertEquals(network.refused, 2);
});

Deno.test("bind() gives a port only once that is asked for, until it is closed", () => {
  const { network, bind } = setUp();
  const first = bind(3335);
  const options = { host: "::", port: 3335, longest: 8, onDatagram() {} };
  const fault = network.bind(options);
  assertEquals("code" in fault && fault.code, "EADDRINUSE");
  first.close();
  assertEquals(bind(3335).port, 3335);
  assertEquals([network.ports, network.open], [[3335, 3335], 1]);
});
