/**
 * lifesign's engine without its schedule, as fast as it goes; compiled like
 * lifesign. `run` starts heartbeats by timers that count in ms, so a session
 * makes only hundreds a second. It also keeps sockets open for ten seconds, and
 * at full speed no machine has enough ports for that. So here a verdict
 * wakes its session again, and the socket is closed, as in the programs that it
 * is compared with.
 *
 * Its arguments are `PORT SESSIONS`. Each line on stdin is a number of seconds.
 * During that time each session makes one heartbeat after the other at the
 * gateway on 127.0.0.1. Then the number of answered heartbeats is printed.
 *
 * @module
 */
import { keepAlive } from "../../lib/session/agent.ts";
import { createSockets } from "../../lib/probe/datagram/sockets.ts";
import { createHost } from "../../lib/host/host.ts";
import type { Session } from "../../lib/session/session_state.ts";
import { testSession } from "../../lib/session/test_session.ts";
import type { DatagramSocket } from "../../lib/world.ts";

const [port, sessions] = Deno.args.map(Number);
const { world } = createHost();
const sockets = Object.assign(createSockets(world), {
  linger: (socket: DatagramSocket) => socket.close(),
});

/** What makes one heartbeat after the other up to a time, and resolves to the number of answered ones. */
type Beat = (end: number) => Promise<number>;

function keep(number: number): Beat {
  let done = 0;
  let end = 0;
  let finish = () => {};
  const session: Session = {
    ...testSession,
    name: `${number}`,
    gateway: { host: "127.0.0.1", port: port! },
    identity: `${1000 + number}`,
    timeout: 5_000,
  };
  const agent = keepAlive(session, {
    world,
    sockets,
    start: Infinity,
    onReport(report) {
      if (report.type !== "cycle") return;
      if (report.result.verdict === "alive") done++;
      if (world.clock.now() < end) agent.wake();
      else finish();
    },
  });
  return async (until) => {
    [done, end] = [0, until];
    const ended = new Promise<void>((resolve) => finish = resolve);
    agent.wake();
    await ended;
    return done;
  };
}

const beats = Array.from({ length: sessions! }, (_, k) => keep(k));
const buffer = new Uint8Array(64);
// The static build has no more of stdin than this.
for (let length; (length = await Deno.stdin.read(buffer)) !== null;) {
  const line = new TextDecoder().decode(buffer.subarray(0, length));
  const end = world.clock.now() + Number(line) * 1000;
  const counts = await Promise.all(beats.map((beat) => beat(end)));
  const sum = counts.reduce((sum, count) => sum + count, 0);
  await Deno.stdout.write(new TextEncoder().encode(`${sum}\n`));
}
// Sessions go on by themselves.
Deno.exit(0);
