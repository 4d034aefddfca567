/**
 * lifesign's engine without its schedule, as fast as it goes; compiled like
 * lifesign. `run` starts a session's heartbeats by timers that count in ms, so
 * that one session makes hundreds a second however quick it is; and it lets
 * sockets listen for ten seconds, which no machine has ports for at full speed.
 * So here each session begins anew as soon as its verdict is there, and its
 * socket is closed then, as in the programs that it is compared with.
 *
 * `PORT SESSIONS` are its arguments. Each line on stdin is a number of seconds:
 * for so long each session begins one heartbeat after the other at the gateway
 * on 127.0.0.1. Once all are over the number of those that were answered is
 * printed.
 *
 * @module
 */
import { keepAlive } from "../../lib/session/agent.ts";
import {
  createSockets,
  type Sockets,
} from "../../lib/probe/datagram/sockets.ts";
import { createHost } from "../../lib/host/host.ts";
import type { Session } from "../../lib/session/session_state.ts";
import { testSession } from "../../lib/session/test_session.ts";

const [port, sessions] = Deno.args.map(Number);
const { world } = createHost();
const all = createSockets(world);
const sockets: Sockets = {
  ...all,
  linger: (socket) => socket.close(),
};

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

/** Makes one heartbeat after the other up to a time, and resolves to how many were answered. */
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

const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const line of input) {
  const end = world.clock.now() + Number(line) * 1000;
  const counts = await Promise.all(
    Array.from({ length: sessions! }, (_, k) => beat(sessionOf(k), end)),
  );
  const sum = counts.reduce((sum, count) => sum + count, 0);
  await Deno.stdout.write(new TextEncoder().encode(`${sum}\n`));
}
