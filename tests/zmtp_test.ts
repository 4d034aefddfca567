import { assert, assertEquals } from "@std/assert";
import {
  assertStops,
  run,
  type Running,
  sh,
  start,
  unless,
} from "./harness.ts";

const { code } = await sh("python3 -c 'import zmq' 2>/dev/null");
const withZeroMq = unless(code === 0 ? undefined : "no python3-zmq");

/** Starts a program of Python's. */
function python(program: string): Running {
  return start(["-c", program], { command: "python3" });
}

/** Sockets of ZeroMQ, two pairs of them in use until stdin ends. It tells their ports, and in the end whether each message has arrived. */
const sockets = `
import sys, threading, time, zmq
context = zmq.Context()
def opened(kind, port=None):
    it = context.socket(kind)
    it.LINGER, it.RCVTIMEO = 0, 10000
    if port: it.connect("tcp://127.0.0.1:%d" % port)
    return it, port or it.bind_to_random_port("tcp://127.0.0.1")
push, pushed = opened(zmq.PUSH)
pull, _ = opened(zmq.PULL, pushed)
rep, replied = opened(zmq.REP)
req, _ = opened(zmq.REQ, replied)
kinds = zmq.ROUTER, zmq.PUB, zmq.XPUB, zmq.SUB, zmq.XSUB, zmq.PULL, zmq.DEALER, zmq.PAIR
idle = [opened(kind) for kind in kinds]
over = threading.Event()
pulls, requests, replies = [], [], []
def numbers():
    n = 0
    while n < 100 or not over.is_set():
        yield b"%d" % n
        n += 1
        time.sleep(0.001)
def pushing():
    for n in numbers(): push.send(n)
    push.send(b"end")
def pulling():
    while (it := pull.recv()) != b"end": pulls.append(it)
def requesting():
    for n in numbers():
        req.send(n)
        replies.append(req.recv())
    req.send(b"end")
def replying():
    while (it := rep.recv()) != b"end":
        requests.append(it)
        rep.send(it)
threads = [threading.Thread(target=it) for it in (pushing, pulling, requesting, replying)]
for it in threads: it.start()
print(pushed, replied, *[port for _, port in idle], flush=True)
sys.stdin.read()
over.set()
for it in threads: it.join()
for got in pulls, requests, replies: assert got == [b"%d" % n for n in range(len(got))] != [], "some are lost"
for it, _ in idle: assert it.type == zmq.PUB or not it.poll(10, zmq.POLLIN), it.type
print("each arrived")
`;

withZeroMq.test("check disturbs no ZeroMQ socket, even if it is in use", async () => {
  await using peers = python(sockets);
  const [push, rep, ...idle] = (await peers.line()).split(" ");
  const often = async (port: string) => {
    const check = `lifesign check zmtp://127.0.0.1:${port} || exit`;
    const { code, stderr } = await sh(
      `n=0; while [ $n -lt 25 ]; do n=$((n + 1)); ${check}; done`,
    );
    assertEquals([code, stderr], [0, ""]);
  };
  await Promise.all([push!, push!, push!, push!, rep!].map(often));
  const notes: unknown[] = [];
  for (const port of idle) {
    const { stdout } = await run([
      ...["check", "--json", `zmtp://127.0.0.1:${port}`],
    ]);
    notes.push(JSON.parse(stdout).sessions[0].note);
  }
  assertEquals(notes, [
    ...["ROUTER", "PUB", "XPUB", "SUB", "XSUB", "PULL"]
      .map((type) => `socket type ${type}`),
    ...["DEALER", "PAIR"]
      .map((type) => `socket type ${type}: its READY is the proof`),
  ]);
  await peers.endInput();
  assertEquals(await peers.line(), "each arrived");
});

withZeroMq.test("run holds a connection to a ZeroMQ socket whose application sleeps, and is told once its process is stopped", async () => {
  await using peer = python(`
import sys, zmq
context = zmq.Context()
rep = context.socket(zmq.REP)
print(rep.bind_to_random_port("tcp://127.0.0.1"), flush=True)
sys.stdin.read()
`);
  const target = `zmtp://127.0.0.1:${await peer.line()}`;
  const quick = ["--interval", "500ms", "--timeout", "150ms"];
  await using agent = start(["run", "--json", target, ...quick]);
  const first = await agent.cycle();
  assertEquals([first["verdict"], first["held"]], ["alive", false]);
  const second = await agent.cycle();
  assertEquals([second["verdict"], second["held"]], ["alive", true]);
  assertEquals(second["note"], "socket type REP");
  const becomes = (verdict: string) =>
    agent.event(({ event, to }) => {
      assert(to !== "dead");
      return event === "transition" && to === verdict;
    });
  peer.signal("SIGSTOP");
  await becomes("silent");
  peer.signal("SIGCONT");
  await becomes("alive");
  await assertStops(agent);
});
