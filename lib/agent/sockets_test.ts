import { assertEquals } from "@std/assert";
import { createFakeNetwork } from "../testing/fake_network.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import type { DatagramSocket, Fault } from "../world.ts";
import { createSockets } from "./sockets.ts";

const options = { host: "0.0.0.0", longest: 16, onDatagram: () => {} };
const emfile: Fault = { code: "EMFILE", message: "too many open files" };

function setUp(next: (open: number) => number | Fault) {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: () => 0,
    respond: () => [],
    nextPort: () => next(network.open),
  });
  const sockets = createSockets({ datagrams: network, clock });
  const bind = (...avoid: number[]) => {
    const bound: unknown[] = [];
    sockets.bind(options, new Set(avoid), (socket) => bound.push(socket));
    clock.runUntil(clock.now());
    assertEquals(bound.length, 1);
    return bound[0] as DatagramSocket;
  };
  return { clock, network, sockets, bind };
}

Deno.test("bind() binds again when the port is one to be avoided", () => {
  const offers = [40001, 40002, 40003];
  const { network, bind } = setUp(() => offers.shift()!);
  assertEquals(bind(40001, 40002).port, 40003);
  assertEquals(network.open, 1);
});

Deno.test("bind() takes the port after all if there is no other", () => {
  const { network, bind } = setUp(() => 40001);
  assertEquals(bind(40001).port, 40001);
  assertEquals(network.open, 1);
});

Deno.test("linger() closes a socket when its time is over", () => {
  let port = 40000;
  const { clock, network, sockets, bind } = setUp(() => port++);
  sockets.linger(bind(), 10_000);
  clock.runUntil(9_999);
  assertEquals(network.open, 1);
  clock.runUntil(10_000);
  assertEquals([network.open, clock.pending], [0, 0]);
});

Deno.test("bind() closes lingering sockets, the oldest first, when descriptors run out", () => {
  let port = 40000;
  const { clock, network, sockets, bind } = setUp((open) =>
    open < 3 ? port++ : emfile
  );
  const order: number[] = [];
  for (const socket of [bind(), bind(), bind()]) {
    const close = () => {
      order.push(socket.port);
      socket.close();
    };
    sockets.linger({ ...socket, close }, 10_000);
  }
  assertEquals([bind().port, bind().port], [40003, 40004]);
  assertEquals(order, [40000, 40001]);
  assertEquals(clock.pending, 1);
  assertEquals(network.open, 3);
});

Deno.test("bind() closes one also when the machine's descriptors, ports or memory run out", () => {
  for (const code of ["EMFILE", "ENFILE", "EADDRINUSE", "ENOBUFS"]) {
    let port = 40000;
    const fault = { code, message: "there are no more" };
    const { sockets, bind } = setUp((open) => open < 1 ? port++ : fault);
    sockets.linger(bind(), 10_000);
    assertEquals(bind().port, 40001, code);
  }
});

Deno.test("bind() returns the fault when nothing lingers that could be closed", () => {
  const { bind } = setUp(() => emfile);
  assertEquals(bind() as unknown, emfile);
});

Deno.test("bind() closes nothing for a fault that this can't mend", () => {
  const fault = { code: "EADDRNOTAVAIL", message: "no such address here" };
  let answer: number | Fault = 40000;
  const { network, sockets, bind } = setUp(() => answer);
  sockets.linger(bind(), 10_000);
  answer = fault;
  assertEquals(bind() as unknown, fault);
  assertEquals(network.open, 1);
});

Deno.test("bind() waits for a descriptor that becomes free only a turn later", () => {
  const clock = createVirtualClock();
  let free = 3;
  let port = 40000;
  const datagrams = {
    bind(): DatagramSocket | Fault {
      if (free === 0) return emfile;
      free--;
      const close = () => void clock.setTimer(clock.now(), () => free++);
      return { port: port++, send: () => {}, close };
    },
  };
  const sockets = createSockets({ datagrams, clock });
  const bound: unknown[] = [];
  const bind = () =>
    sockets.bind(options, new Set(), (socket) => {
      bound.push("code" in socket ? socket.code : socket.port);
      if (!("code" in socket) && bound.length <= 3) {
        sockets.linger(socket, 10_000);
      }
    });
  for (let k = 0; k < 4; k++) bind();
  assertEquals(bound, [40000, 40001, 40002]);
  clock.runUntil(0);
  assertEquals(bound, [40000, 40001, 40002, 40003]);
  // Two still linger: nothing was closed that need not be.
  assertEquals(clock.pending, 2);
});
