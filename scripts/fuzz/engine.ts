/**
 * Tests the engine on random schedules in virtual time: replies, forgeries,
 * losses, delays, local faults, names, UIDs, suspends and aborts. An observer
 * beside the network sees all arrivals and knows the rules of docs/decisions.md.
 *
 * @module
 */
import { type AgentWorld, keepAlive } from "../../lib/session/agent.ts";
import { cycleBudget } from "../../lib/probe/datagram/cycle.ts";
import { lingerTime } from "../../lib/probe/datagram/lingering.ts";
import { createSockets } from "../../lib/probe/datagram/sockets.ts";
import { decodeRequest, encodeReply, srun } from "../../lib/protocol/srun.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { createFakeRoutes } from "../../lib/testing/fake_routes.ts";
import { noStreams } from "../../lib/testing/fake_streams.ts";
import { createVirtualClock } from "../../lib/testing/virtual_clock.ts";
import type { BindOptions, Endpoint, Fault, World } from "../../lib/world.ts";
import { below, byte, chance, pick } from "./chance.ts";
import type { CycleResult, Report } from "../../lib/finding.ts";
import { noStream, type Session } from "../../lib/session/session_state.ts";

/** The result of a schedule. */
export interface Outcome {
  /** The verdicts of its cycles in order. */
  readonly verdicts: readonly string[];
  /** The number of sent datagrams. */
  readonly sent: number;
}

const port = 3335;
const dead = -2n;

/** More than a schedule ever needs at once. */
const manyPorts = 500;

/** The longest wait for a name or a UID, in ms (docs/decisions.md). */
const longestWaitMs = 5_000;

/** A socket, as the observer sees it. */
interface Seen {
  readonly options: BindOptions;
  readonly port: number;
  /** When it was bound. */
  readonly since: number;
  /** Whether a port was free that the last cycle did not use. */
  readonly mustBeFresh: boolean;
  /** Its requests: the destination and the UID. */
  readonly asked: { readonly to: Endpoint; readonly uid: bigint }[];
  /** The number of death replies during its cycle. */
  deaths: number;
  isOpen: boolean;
}

/** A valid reply that arrived at an open socket. */
interface Heard {
  readonly at: number;
  readonly socket: Seen;
  readonly uid: bigint;
  readonly says: "alive" | "dead";
}

/** Runs one schedule; throws an `Error` that names the broken rule. */
export function fuzzEngine(seed: number): Outcome {
  const random = seededRandom(seed);
  const clock = createVirtualClock();
  const mood = anyMood(random);
  const session = anySession(random, clock);
  const isStrict = session.values["strictReply"] !== false;
  // Each wait takes two timers, and a UID may be read before and after.
  const waits = session.confirm * session.tries + 3;
  const budget = cycleBudget(session) + 2 * longestWaitMs +
    2 * waits * mood.late;

  const heard: Heard[] = [];
  const sockets = new Set<Seen>();
  const verdicts: string[] = [];
  let flawed = 0;
  let forged = 0;
  const hostsOfCycle = new Set<string>();
  const socketsOfCycle = new Set<Seen>();
  let isVerifying = false;
  let sent = 0;
  let sentInCycle = 0;
  let begun: number | null = null;
  let lastPorts: readonly number[] = [];
  let portsOfCycle: number[] = [];
  let isOver = false;
  let current = BigInt(session.identity!);
  let read = session.identity;
  const known = new Set([current]);
  let hasNewUid = false;
  let isNewsToSend = false;

  function check(isRight: boolean, rule: string): void {
    if (!isRight) throw new Error(`at ${clock.now()} ms: ${rule}`);
  }

  /** Records the start of a cycle. */
  function begin(): void {
    check(!isOver, "nothing is asked after the end");
    begun ??= clock.now();
  }

  /** Delivers a datagram, and judges it by docs/protocols.md. */
  function arrive(socket: Seen, bytes: Uint8Array, from: Endpoint): void {
    if (!socket.isOpen) return;
    // A socket that has asked nobody hears only what others send to all ports.
    const isDecoy = socket.asked.length === 0;
    const asked = socket.asked.filter(({ to }) =>
      to.host === from.host && to.port === from.port
    );
    const says = new DataView(bytes.buffer).byteLength === 16 &&
        (!isStrict || bytes.subarray(8).every((byte) => byte === 0))
      ? new DataView(bytes.buffer).getBigInt64(0, true)
      : null;
    const isDeath = says === dead && from.port === port;
    if (isDecoy && isDeath && hostsOfCycle.has(from.host)) forged++;
    const isOfCycle = !isVerifying && socketsOfCycle.has(socket);
    // A try may wait for the kernel's word while an answer to it is forged.
    const isDue = session.bind !== null && socket.asked.length > 0;
    if (isDeath && asked.length > 0 && isOfCycle) socket.deaths++;
    if (asked.length > 0 || isDue) {
      const { uid } = asked.at(-1) ?? socket.asked.at(-1)!;
      const isValid = says === uid || says === dead;
      if (!isValid) flawed++;
      else {
        const word = says === dead ? "dead" : "alive";
        heard.push({ at: clock.now(), socket, uid, says: word });
      }
    }
    socket.options.onDatagram(bytes.slice(0, 17), from);
  }

  /** The free ports. There may be few, so that they are reused. */
  function freePorts(): number[] {
    const taken = new Set([...sockets].map(({ port }) => port));
    return Array.from({ length: mood.ports }, (_, k) => 40_000 + k)
      .filter((port) => !taken.has(port));
  }

  function respond(socket: Seen, to: Endpoint, uid: bigint): void {
    for (let n = below(random, mood.replies + 1); n > 0; n--) {
      const after = 0.1 + random() * mood.delay;
      const bytes = anyReply(uid, mood, random);
      const from = anySource(to, mood, random);
      clock.setTimer(clock.now() + after, () => arrive(socket, bytes, from));
    }
  }

  const addresses = () =>
    chance(random, mood.trouble) ? [] : [
      { name: "eth0", address: "10.0.0.5" },
      { name: "eth0", address: "2001:db8::5" },
    ];
  const routes = createFakeRoutes({
    route: ({ from = null, device }) =>
      chance(random, mood.trouble)
        ? null
        : { device: device ?? "eth0", source: from, via: null },
    after: random() * 3_000,
  }, { clock, addresses });
  const world: AgentWorld = {
    streams: noStreams,
    clock: { ...clock, setTimer: late(clock.setTimer, mood, random) },
    random,
    interfaces: { addresses },
    routes: {
      ...routes,
      routing(to, callback) {
        // A death is about to count: what comes from now on is late.
        isVerifying = true;
        routes.routing(to, callback);
      },
    },
    names: {
      lookUp(_name, callback) {
        begin();
        if (chance(random, mood.trouble)) return;
        const answer = anyAnswer(random, mood);
        clock.setTimer(
          clock.now() + random() * mood.lookUp,
          () => callback(answer),
        );
      },
    },
    datagrams: {
      bind(options) {
        // Where ports are few, a socket may be bound when its cycle is over.
        if (mood.ports === manyPorts) begin();
        if (chance(random, mood.trouble)) return anyFault(random);
        const free = freePorts();
        if (free.length === 0) {
          return { code: "EADDRINUSE", message: "no port is left" };
        }
        const socket: Seen = {
          options,
          port: pick(random, free),
          since: clock.now(),
          mustBeFresh: free.some((port) => !lastPorts.includes(port)),
          asked: [],
          deaths: 0,
          isOpen: true,
        };
        sockets.add(socket);
        return {
          port: socket.port,
          send(bytes, to, onFault) {
            begin();
            check(socket.isOpen, "no closed socket is used");
            const uid = decodeRequest(bytes)!;
            if (isNewsToSend) startAnew(uid);
            check(known.has(uid), "the request is that of a UID that was read");
            check(
              !socket.mustBeFresh || !lastPorts.includes(socket.port),
              "no two cycles in a row share a port",
            );
            if (portsOfCycle.at(-1) !== socket.port) {
              portsOfCycle.push(socket.port);
            }
            socket.asked.push({ to, uid });
            socketsOfCycle.add(socket);
            if (chance(random, mood.trouble)) {
              const fault = anyFault(random);
              if (chance(random, 0.5)) return onFault(fault);
              clock.setTimer(
                clock.now(),
                () => socket.isOpen && onFault(fault),
              );
              return;
            }
            sent++;
            sentInCycle++;
            hostsOfCycle.add(to.host);
            respond(socket, to, uid);
          },
          close() {
            socket.isOpen = false;
            sockets.delete(socket);
          },
        };
      },
    },
  };

  /** Sends a forged death to an open port. */
  function flood(): void {
    const open = [...sockets];
    if (open.length === 0) return;
    const from = { host: pick(random, hosts), port };
    arrive(pick(random, open), encodeReply(dead), from);
  }

  /** Checks the result of a cycle against all arrivals. */
  function onCycle(result: CycleResult): void {
    const { verdict } = result;
    verdicts.push(verdict);
    const now = clock.now();
    const ofUid = heard.filter(({ uid }) => uid === current);
    const life = ofUid.filter(({ says }) => says === "alive").at(-1);
    check(
      [...sockets].every(({ since }) => now - since <= budget + lingerTime),
      "a socket is closed ten seconds after its cycle",
    );
    const time = begun === null || hasNewUid ? 0 : now - begun;
    check(time <= budget, "a cycle keeps its budget");
    check(
      sentInCycle <= session.confirm * session.tries,
      "a cycle sends at most confirm × tries",
    );
    // What another UID's cycle sent before was no part of this one.
    const nothingSent = sentInCycle === 0 || hasNewUid;
    switch (verdict) {
      case "alive":
        check(life?.at === now, "only an echo proves life");
        break;
      case "dead": {
        // The replies of the cycle count, and one that came late to an earlier one.
        const since = Math.max(lastAlive, now - budget);
        const witnesses = [
          ...new Set(
            ofUid.filter(({ says, at }) => says === "dead" && at >= since)
              .map(({ socket }) => socket),
          ),
        ];
        const own = witnesses.filter((socket) => socketsOfCycle.has(socket));
        const late = Math.min(1, witnesses.length - own.length);
        check(forged === 0, "nobody dies while decoys are hit");
        check(
          // Elsewhere a try may wait for its port or its route, and counts.
          mood.ports < manyPorts || session.bind !== null ||
            own.every(({ deaths, asked }) => deaths <= 2 * asked.length),
          "more deaths than requests are forged",
        );
        check(
          own.length + late >= session.confirm,
          `a death needs ${session.confirm} replies, not ${own.length} and ${late}`,
        );
        break;
      }
      case "garbled":
        check(flawed > 0, "only flawed replies are garbled");
        check(sentInCycle > 0, "only who was asked can be garbled");
        break;
      case "unsendable":
        check(nothingSent, "what was sent is not unsendable");
        check(result.fault !== null, "a local fault is told");
        break;
      case "unresolved":
        check(nothingSent, "who can be asked is resolved");
        check(result.fault !== null, "a failed look-up is told");
        break;
      case "silent":
        check(
          // A try may wait for the kernel's word to the end of its cycle.
          sentInCycle > 0 || result.deadReplies === 0 ||
            session.bind !== null,
          "silence after asking",
        );
    }
    if (verdict === "alive") lastAlive = now;
    hasNewUid = false;
    flawed = 0;
    forgetCycle();
    begun = null;
  }

  /** Starts the new cycle of another UID in place of one that is about to be dead. */
  function startAnew(uid: bigint): void {
    isNewsToSend = false;
    current = uid;
    forgetCycle();
    begun = clock.now();
  }

  function forgetCycle(): void {
    if (portsOfCycle.length > 0) lastPorts = portsOfCycle;
    portsOfCycle = [];
    sentInCycle = forged = 0;
    isVerifying = false;
    hostsOfCycle.clear();
    socketsOfCycle.clear();
  }

  let lastAlive = -Infinity;
  let lastReported: string = "none";

  function onReport(report: Report): void {
    check(!isOver, "nothing is told after the end");
    switch (report.type) {
      case "cycle":
        return onCycle(report.result);
      case "late":
        // A death reply of the cycle that is under way is newer than what this echo answers.
        lastAlive = begun ?? clock.now();
        return check(
          heard.at(-1)?.says === "alive" && heard.at(-1)?.at === clock.now(),
          "only a late echo mends a verdict",
        );
      case "transition":
        check(report.from === lastReported, "transitions follow each other");
        lastReported = report.to;
        return;
      case "ended":
        isOver = true;
    }
  }

  const readIdentity = session.readIdentity;
  const agent = keepAlive({
    ...session,
    readIdentity: readIdentity && ((callback) => {
      // It is read before the first request of a cycle, and after the last one.
      isVerifying = sentInCycle > 0;
      readIdentity((uid) => {
        if (uid !== null && uid !== read) {
          hasNewUid = isNewsToSend = true;
          read = uid;
          known.add(BigInt(uid));
        }
        callback(uid);
      });
    }),
  }, { world, sockets: createSockets(world), onReport });
  const end = session.interval * (1 + random() * 5);
  while (!isOver && clock.next <= end) {
    clock.runUntil(clock.next);
    if (chance(random, mood.wakes)) agent.wake();
    if (chance(random, mood.flood)) flood();
  }
  isOver = true;
  agent.stop();
  // What is still on its way arrives at nobody, and all sockets are closed.
  clock.runUntil(Math.max(clock.now(), end) + lingerTime + mood.delay + 10_000);
  check(sockets.size === 0, "every socket is closed");
  check(clock.pending === 0, "no timer is left");
  return { verdicts, sent };
}

/** The troubles of a schedule. Times are ms. */
type Mood = ReturnType<typeof anyMood>;

function anyMood(random: Random) {
  const often = () => pick(random, [0, 0.05, 0.3, 0.8]);
  return {
    replies: 1 + below(random, 3),
    delay: pick(random, [5, 500, 3_000, 15_000]),
    lookUp: pick(random, [1, 1, 1_000, 8_000]),
    trouble: pick(random, [0, 0, 0.02, 0.1, 0.5]),
    forgery: often(),
    death: pick(random, [0, 0.1, 0.5, 1]),
    junk: often(),
    wakes: pick(random, [0, 0, 0.05]),
    flood: pick(random, [0, 0, 0.02, 0.3]),
    late: pick(random, [0, 0, 50]),
    ports: pick(random, [1, 3, 5, manyPorts]),
  };
}

function anySession(
  random: Random,
  clock: Pick<World["clock"], "setTimer" | "now">,
): Session {
  const timeout = pick(random, [100, 1_000, 2_500]);
  const tries = 1 + below(random, 4);
  const series = timeout * (1.5 ** tries - 1) / 0.5;
  const interval = Math.max(series, pick(random, [1_000, 10_000, 60_000]));
  const host = pick(random, ["192.0.2.1", "2001:db8::1", "gw.example"]);
  let uid = "77";
  const readIdentity: Session["readIdentity"] = (callback) => {
    if (chance(random, 0.05)) return;
    if (chance(random, 0.05)) uid = uid === "77" ? "78" : "77";
    const found = chance(random, 0.1) ? null : uid;
    clock.setTimer(
      clock.now() + random() * 3_000,
      () => callback(found),
    );
  };
  return {
    ...noStream,
    name: "default",
    gateway: { host, port },
    identity: uid,
    readIdentity: chance(random, 0.3) ? readIdentity : null,
    replyFrom: [],
    bind: pick(random, [null, null, "10.0.0.5", "eth0"]),
    family: pick(random, ["auto", "auto", "auto", "4", "6"] as const),
    protocol: srun,
    values: { strictReply: chance(random, 0.8) },
    interval,
    jitter: chance(random, 0.3) ? random() * interval : 0,
    timeout,
    tries,
    confirm: 1 + below(random, 3),
    deadAfter: pick(random, [0, 500, 2_000, 20_000]),
    tolerate: below(random, 3),
    recover: 1,
    count: chance(random, 0.2) ? 1 + below(random, 4) : null,
    giveUpAfter: chance(random, 0.2) ? interval * (1 + random() * 3) : null,
    login: null,
    loginTries: null,
  };
}

const hosts = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"];

function anyAnswer(random: Random, mood: Mood): readonly string[] | Fault {
  if (chance(random, mood.trouble)) {
    return { code: "ENOTFOUND", message: "name unknown" };
  }
  const start = below(random, hosts.length);
  return hosts.slice(start, start + 1 + below(random, hosts.length));
}

function anyFault(random: Random): Fault {
  const code = pick(random, ["ENETUNREACH", "EPERM", "EADDRNOTAVAIL"]);
  return { code, message: "it failed" };
}

function anyReply(uid: bigint, mood: Mood, random: Random): Uint8Array {
  if (chance(random, mood.junk)) {
    return Uint8Array.from(
      { length: pick(random, [0, 8, 16, 17, 100]) },
      () => byte(random),
    );
  }
  const bytes = encodeReply(chance(random, mood.death) ? dead : uid);
  if (chance(random, mood.junk)) bytes[below(random, 16)]! ^= 1;
  return bytes;
}

function anySource(to: Endpoint, mood: Mood, random: Random): Endpoint {
  if (!chance(random, mood.forgery)) return to;
  return pick(random, [
    { ...to, port: 53 },
    { ...to, host: pick(random, hosts) },
    { host: "203.0.113.9", port: to.port },
  ]);
}

/** Makes timers late, as on a busy machine. */
function late(
  setTimer: World["clock"]["setTimer"],
  mood: Mood,
  random: Random,
): World["clock"]["setTimer"] {
  if (mood.late === 0) return setTimer;
  return (at, callback) => setTimer(at + random() * mood.late, callback);
}
