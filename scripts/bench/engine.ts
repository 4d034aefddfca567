/**
 * lifesign's engine without its schedule, as fast as it goes; compiled like
 * lifesign. `run` starts heartbeats by timers that count in ms, so a session
 * makes only hundreds a second. It also keeps sockets open for ten seconds, and
 * at full speed no machine has enough ports for that. So here each session
 * starts again after its verdict and closes its socket, as the programs do that
 * it is compared with.
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

function sessionOf(number: number): Session {
  return {
    ...testSession,
    name: `${number}`,
    gateway: { host: "127.0.0.1", port: port! },
    identity: `${1000 + number}`,
    timeout: 5_000,
    count: 1,
  };
}

/** Makes one heartbeat after the other up to a time; resolves to the number of answered ones. */
function beat(session: Session, end: number): Promise<number> {
  return new Promise((resolve) => {
    let done = 0;
    const next = () => {
      keepAlive(session, {
        world,
        sockets,
        onReport(report) {
          if (report.type !== "ended") return;
          if (report.verdict === "alive") done++;
          if (world.clock.now() < end) next();
          else resolve(done);
        },
      });
    };
    next();
  });
}

const buffer = new Uint8Array(64);
// The static build has no more of stdin than this.
for (let length; (length = await Deno.stdin.read(buffer)) !== null;) {
  const line = new TextDecoder().decode(buffer.subarray(0, length));
  const end = world.clock.now() + Number(line) * 1000;
  const counts = await Promise.all(
    Array.from({ length: sessions! }, (_, k) => beat(sessionOf(k), end)),
  );
  const sum = counts.reduce((sum, count) => sum + count, 0);
  await Deno.stdout.write(new TextEncoder().encode(`${sum}\n`));
}
