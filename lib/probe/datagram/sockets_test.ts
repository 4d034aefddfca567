import { assert, assertEquals } from "@std/assert";
import { createFakeNetwork } from "../../testing/fake_network.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import type { DatagramSocket, Fault } from "../../world.ts";
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
    const wanted = { ...options, avoid, until: Infinity };
    sockets.bind(wanted, (socket) => bound.push(socket));
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
  sockets.linger(bind());
  clock.runUntil(9_999);
  assertEquals(network.open, 1);
  clock.runUntil(10_000);
  assertEquals([network.open, clock.pending], [0, 0]);
});

Deno.test("linger() closes many in one go, and none too early", () => {
  let port = 40000;
  const { clock, network, sockets, bind } = setUp(() => port++);
  for (let time = 0; time <= 500; time++) {
    clock.runUntil(time);
    sockets.linger(bind());
  }
  const open: number[] = [];
  for (let time = 9_999; time <= 10_600; time++) {
    clock.runUntil(time);
    if (open.at(-1) !== network.open) open.push(network.open);
  }
  assertEquals(open, [501, 500, 400, 300, 200, 100, 0]);
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
    sockets.linger({ port: socket.port, send() {}, close });
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
    sockets.linger(bind());
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
  sockets.linger(bind());
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
    sockets.bind({ ...options, avoid: [], until: 9_000 }, (socket) => {
      bound.push("code" in socket ? socket.code : socket.port);
      if (!("code" in socket) && bound.length <= 3) {
        sockets.linger(socket);
      }
    });
  for (let k = 0; k < 4; k++) bind();
  assertEquals(bound, [40000, 40001, 40002]);
  clock.runUntil(0);
  assertEquals(bound, [40000, 40001, 40002, 40003]);
  // Two still linger: nothing was closed that need not be.
  assertEquals(free, 0);
});

Deno.test("bind() waits in turn while every descriptor is in use, and leaves some to others", () => {
  let port = 40000;
  const { clock, network, sockets } = setUp((open) =>
    open < 64 ? port++ : emfile
  );
  const bound: (DatagramSocket | Fault)[] = [];
  const order: number[] = [];
  // What was opened and closed before takes no room.
  for (let k = 0; k < 100; k++) {
    const wanted = { ...options, avoid: [], until: 1_000 };
    sockets.bind(wanted, (socket) => (socket as DatagramSocket).close());
  }
  for (let k = 0; k < 70; k++) {
    sockets.bind({ ...options, avoid: [], until: 1_000 }, (socket) => {
      order.push(k);
      bound.push(socket);
    });
  }
  clock.runUntil(500);
  assertEquals([bound.length, network.open], [64, 64]);
  for (let k = 0; k < 14; k++) {
    sockets.linger(bound[k] as DatagramSocket);
  }
  clock.runUntil(600);
  // Those who wait come first, and nothing lingers meanwhile.
  assertEquals([bound.length, network.open], [66, 52]);
  clock.runUntil(1_000);
  // There was no room for the rest, and the system would have given some.
  assertEquals([bound.length, network.open], [70, 56]);
  assertEquals(order, Array.from({ length: 70 }, (_, k) => k));
});

Deno.test("bind() returns the fault when there was no room for too long", () => {
  const { clock, sockets } = setUp((open) => open < 1 ? 40000 : emfile);
  const bound: [number, unknown][] = [];
  for (const until of [0, 1_000]) {
    sockets.bind({ ...options, avoid: [], until }, (socket) => {
      bound.push([clock.now(), "code" in socket ? socket.code : socket.port]);
    });
  }
  clock.runUntil(5_000);
  assertEquals(bound, [[0, 40000], [1_000, "EMFILE"]]);
  assertEquals(clock.pending, 0);
});

Deno.test("reserve() counts connections among the sockets", () => {
  // A process with three descriptors, as its connections see it, too.
  let connections = 0;
  const { clock, sockets, bind, network } = setUp((open) =>
    open + connections < 3 ? 40_000 + open : emfile
  );
  const told: string[] = [];
  const releases = new Map<string, () => void>();
  const reserve = (name: string, until: number) =>
    sockets.reserve(until, (release) => {
      told.push(`${name} ${release === null ? "none" : "has"}`);
      if (release === null) return;
      connections++;
      releases.set(name, () => {
        connections--;
        release();
      });
    });
  reserve("a", 0);
  const [first, second] = [bind(), bind()];
  sockets.linger(first);
  sockets.linger(second);
  assertEquals([told, network.open], [["a has"], 2]);
  // A further connection finds no descriptor: a socket that lingers goes.
  reserve("b", 0);
  releases.get("b")!();
  sockets.noteExhausted();
  clock.runUntil(1);
  sockets.noteExhausted();
  clock.runUntil(2);
  assertEquals(network.open < 2, true);
  reserve("c", 3);
  assertEquals(told, ["a has", "b has", "c has"]);
  // The last socket that lingers goes as well; then others wait for their turn.
  reserve("d", 100);
  reserve("e", 100);
  reserve("f", 5_000);
  clock.runUntil(200);
  releases.get("a")!();
  clock.runUntil(300);
  assertEquals(told.slice(3), ["d has", "e none", "f has"]);
});

Deno.test("sockets go on lingering after descriptors have run out that were free again only late", () => {
  const clock = createVirtualClock();
  const most = 100;
  let used = 0;
  const datagrams = {
    bind(): DatagramSocket | Fault {
      if (used === most) return emfile;
      used++;
      // A busy runtime takes its time.
      const close = () =>
        void clock.setTimer(clock.now() + 50, () => void used--);
      return { port: 40000, send: () => {}, close };
    },
  };
  const sockets = createSockets({ datagrams, clock });
  let isBound = 0;
  for (let time = 0; time < 5_000; time += 10) {
    clock.runUntil(time);
    sockets.bind({ ...options, avoid: [], until: Infinity }, (socket) => {
      isBound++;
      sockets.linger(socket as DatagramSocket);
    });
  }
  clock.runUntil(6_000);
  assertEquals(isBound, 500);
  assert(used > 80, `${used} linger`);
});
