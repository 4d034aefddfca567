import { assert, assertEquals } from "@std/assert";
import {
  add,
  deadUid,
  type Forger,
  openForger,
  type Reasons,
  type Request,
  total,
  withSeed,
} from "./forger.ts";
import {
  assertStops,
  createFolder,
  lifesign,
  start,
  unless,
} from "../harness.ts";
import { cpuTimeOf, memoryOf } from "../proc.ts";

/** Of which ten thousand open sockets take some 100 MB, in KB. */
const mostMemory = 320 * 1024;

/** Each cycle's socket lingers for ten seconds, which all cycles together may take. */
const descriptors = 12_000;

/** More sessions that begin at once might fill the gateway's buffer with their requests. */
const groupSize = 200;
const rounds = 50;

/** What the test has to know of a cycle's event. */
interface Cycle {
  readonly verdict: string;
  readonly tries: number;
  readonly reasons: Reasons;
}

/** A session's UID since the round that gave it a new one. */
const uidOf = (session: number, round: number) =>
  BigInt(1000 + 1024 * (session + 2 * groupSize * round));

/**
 * Settings that let a group of sessions begin anew, since they have other UIDs
 * than before: the even ones first, then the odd ones, and so on.
 */
function settingsOf(round: number, gateway: string): string {
  // Longer than the slowest machine takes for a group.
  const lines = [`gateway = ${gateway}`, "timeout = 10s", "interval = 1h"];
  for (let k = 0; k < 2 * groupSize; k++) {
    const changed = round - (k + round) % 2;
    if (changed < 0) continue;
    lines.push(`[${k}]`, `uid = ${uidOf(k, changed)}`);
  }
  return lines.join("\n");
}

const withDescriptors = unless(lackOfDescriptors());

withDescriptors.test(
  "run is not fooled in 10,000 cycles by twenty forged answers before each true one and twenty after it",
  () =>
    withSeed(async (random) => {
      // What was forged before a true answer, by UID and port.
      const before = new Map<string, Reasons>();
      const asked: Request[] = [];
      await using forger: Forger = openForger(random, async (request) => {
        const key = `${request.uid} ${request.from.port}`;
        before.set(key, await forger.forge(request, 20));
        await forger.answer(request, request.uid);
        await forger.forge(request, 10);
        // The cycle of that one is over.
        const old = asked.at(-groupSize) ?? request;
        await forger.forge(old, 10);
        asked.push(request);
      });
      await using folder = await createFolder({
        conf: settingsOf(0, forger.address),
      });
      const file = `${folder.path}/conf`;
      const since = performance.now();
      const limit = `ulimit -n ${descriptors} && exec "$0" "$@"`;
      const run = [lifesign, "run", "--json", "-q", "-c", file];
      await using agent = start(["-c", limit, ...run], { command: "/bin/sh" });
      for (let cycle = 0; cycle < rounds * groupSize; cycle++) {
        const round = Math.floor(cycle / groupSize);
        if (round > 0 && cycle % groupSize === 0) {
          await Deno.writeTextFile(file, settingsOf(round, forger.address));
          agent.signal("SIGHUP");
        }
        const it = await agent.cycle();
        const key = `${uidOf(Number(it["session"]), round)} ${
          it["local_port"]
        }`;
        const wanted = before.get(key)!;
        const { verdict, tries, reasons } = it as unknown as Cycle;
        const told = JSON.stringify({ it, wanted });
        assertEquals(verdict, "alive", told);
        // One that asked again was forged at again.
        if (tries > 1) continue;
        // On a busy machine a stranger's late datagram may have come as well.
        const { source = 0 } = wanted;
        assertEquals(
          { ...reasons, source: Math.min(reasons["source"] ?? 0, source) },
          { ...wanted, source },
          told,
        );
        // The session may get the same port once more.
        before.delete(key);
      }
      print(agent.pid, { since, forged: total(forger.forged) });
      const { peak } = memoryOf(agent.pid);
      assert(peak < mostMemory, `${peak} KB`);
      await assertStops(agent);
    }),
);

Deno.test("run notices the death of a session in a flood, and takes no forged one for it", () =>
  withSeed(async (random) => {
    let isDead = false;
    const asked: Request[] = [];
    await using forger: Forger = openForger(random, async (request) => {
      asked.push(request);
      // Sometimes more than a buffer holds, so that the true answer is lost.
      await forger.forge(request, Math.floor(random() * 400));
      await forger.answer(request, isDead ? deadUid : request.uid);
    });
    await using _flood = flood(async (count) => {
      // The socket that listens now, or one of the last cycles.
      const back = random() < 0.5 ? 1 : 1 + Math.floor(random() * 8);
      const request = asked.at(-back);
      if (request !== undefined) await forger.forge(request, count);
    });
    const gateway = ["-g", forger.address, "-u", "77"];
    const quick = ["-i", "250ms", "-t", "50ms"];
    await using agent = start(["run", "--json", ...gateway, ...quick]);
    const verdicts: Record<string, number> = { alive: 0 };
    const discarded: Reasons = {};
    const told = () =>
      JSON.stringify({ verdicts, discarded, forged: forger.forged });
    while (verdicts["dead"] === undefined) {
      const it = await agent.cycle();
      add(verdicts, { [`${it["verdict"]}`]: 1 });
      add(discarded, it["reasons"] as Reasons);
      if (!isDead) assertEquals(it["dead_replies"], 0, JSON.stringify(it));
      assert(total(verdicts) < 200, told());
      if (total(verdicts) >= 20 && verdicts["alive"]! >= 10) isDead = true;
    }
    for (const [reason, forged] of Object.entries(forger.forged)) {
      assert(discarded[reason]! <= forged, told());
    }
    // Nearly all of them came when their cycle was over, and are counted, too.
    assert(total(discarded) > total(forger.forged) / 4, told());
    assertEquals((await agent.outcome).code, 10);
  }));

/** Why a process can't have so many descriptors on this machine; `undefined` if it can. */
function lackOfDescriptors(): string | undefined {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(limits)!;
  return hard === "unlimited" || Number(hard) >= descriptors
    ? undefined
    : `ulimit -H -n is ${hard}`;
}

/** Lets datagrams be sent until it goes out of scope, some 20,000 a second. */
function flood(send: (count: number) => Promise<void>): AsyncDisposable {
  let isOver = false;
  async function run(): Promise<void> {
    let last = performance.now();
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const now = performance.now();
      await send(Math.min(Math.round((now - last) * 20), 200));
      last = now;
    }
  }
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await running;
    },
  };
}

/** Tells whoever reads the test's output what a flood has cost. */
function print(
  pid: number,
  { since, forged }: { readonly since: number; readonly forged: number },
): void {
  const seconds = (performance.now() - since) / 1000;
  const parts = [
    `${forged} forged answers`,
    `${Math.round(forged / seconds)} a second`,
    `${(cpuTimeOf(pid) / 1000).toFixed(1)} s of work in ${
      seconds.toFixed(1)
    } s`,
    `at most ${Math.round(memoryOf(pid).peak / 1024)} MB`,
  ];
  console.log(parts.join(", "));
}
