/**
 * `lifesign demo`: a gateway and an agent in one process.
 *
 * @module
 */
import { srun } from "../protocol/srun.ts";
import { keepAlive } from "../session/agent.ts";
import { noStream } from "../session/session_state.ts";
import { createSockets } from "../probe/datagram/sockets.ts";
import { formatAddress } from "../parsers.ts";
import { LifesignError, refuse } from "../errors.ts";
import { exitCodeOf } from "../exit_code.ts";
import { noFaults } from "../gateway/faults.ts";
import { type Gateway, openGateway } from "../gateway/gateway.ts";
import { immortal } from "../gateway/lifetime.ts";
import { seededRandom } from "../random.ts";
import type { Verdict } from "../verdict.ts";
import { isFault, type World } from "../world.ts";
import { type Command, refuseOperands } from "./invocation.ts";
import { milliseconds, plural } from "../words.ts";
import type { CycleResult } from "../finding.ts";

const uid = 20131107n;
const tries = 3;

/** How many cycles come before the session is killed. */
const lastCycle = 6;

/** A seed with which packets are lost in most of those cycles. */
const seed = 25;

/** A session's life and death on this machine, in plain words. */
export const demo: Command = {
  name: "demo",
  summary:
    "a gateway and an agent in one process: watch a session live, lose packets and die",
  settings: {},
  switches: [],
  async run(args, world) {
    refuse([...args.mistakes, ...refuseOperands(args)]);
    const say = (text: string) => world.terminal.write(`${text}\n`);
    const gateway = openGateway({
      listen: { host: "127.0.0.1", port: 0 },
      uids: [uid],
      ...immortal,
      faults: { ...noFaults, loss: 0.2 },
      random: seededRandom(seed),
      onEvent: () => {},
    }, world);
    if (isFault(gateway)) {
      const message = `lifesign: Cannot simulate a gateway: ${gateway.message}`;
      throw new LifesignError([{ kind: "cantcreat", message }]);
    }
    say(`A simulated gateway listens at ${formatAddress(gateway.address)}.
It knows one login session, and loses one packet in five on either way.
lifesign sends it a heartbeat every second, from a fresh port each time,
and asks up to ${tries} times until it is answered.
`);
    const verdict = await watch(gateway, world, say);
    gateway.close();
    const code = exitCodeOf(verdict);
    say(`
lifesign ends with status ${code}: a script that checks $? now knows that it has to
log in again. Had only the network failed, \`lifesign check\` would have said 20 to 23.`);
    return code;
  },
};

/** The width of `heartbeat  1  `. */
const margin = " ".repeat(14);

/** Keeps the session alive, kills it, and resolves to its last verdict. */
function watch(
  gateway: Gateway,
  world: World,
  say: (text: string) => void,
): Promise<Verdict> {
  let cycles = 0;
  return new Promise((resolve) => {
    keepAlive({
      name: "demo",
      gateway: gateway.address,
      ...noStream,
      protocol: srun,
      values: {},
      identity: `${uid}`,
      readIdentity: null,
      replyFrom: [],
      bind: null,
      family: "auto",
      interval: 1_000,
      jitter: 0,
      timeout: 150,
      tries,
      confirm: 2,
      deadAfter: 500,
      tolerate: 0,
      recover: 1,
      count: null,
      giveUpAfter: null,
      login: null,
      loginTries: null,
    }, {
      world,
      sockets: createSockets(world),
      onReport(report) {
        switch (report.type) {
          case "cycle":
            cycles++;
            say(
              `heartbeat ${`${cycles}`.padStart(2)}  ${
                describe(report.result)
              }`,
            );
            if (cycles === lastCycle) {
              gateway.kill(uid);
              say(`${margin}Now somebody logs the session out at the gateway.`);
            }
            break;
          case "late":
            say(`${margin}${report.verdict} after all: an answer came late.`);
            break;
          case "ended":
            resolve(report.verdict);
        }
      },
    });
  });
}

function describe(result: CycleResult): string {
  const { verdict, answerTime, tries, deadReplies } = result;
  const sent = plural(tries, "try", "tries");
  const lost = plural(tries - 1, "packet", "packets");
  if (verdict === "alive") {
    const start = `alive   answered after ${milliseconds(answerTime ?? 0)} ms`;
    return tries === 1
      ? start
      : `${start}; ${lost} got lost, so it asked again`;
  }
  if (verdict === "dead") {
    return `dead    the gateway said so ${deadReplies} times, asked from ${deadReplies} ports`;
  }
  return deadReplies > 0
    ? `${verdict}  one answer said dead; it was not confirmed, so that proves nothing`
    : `${verdict}  ${sent} without an answer; that proves nothing, so it goes on`;
}
