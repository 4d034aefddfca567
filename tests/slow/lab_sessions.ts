/**
 * What `run` makes of servers of the lab in the course of time.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Agent, type Cycle, startAgent } from "../netns/actors.ts";
import type { Host } from "../netns/network.ts";
import type { Lab } from "./lab.ts";

/** A session in the lab. */
export interface LabSession {
  /** What is right, as a sentence without its full stop. */
  readonly name: string;
  /** Runs it; rejects if lifesign behaves wrongly. */
  run(lab: Lab): Promise<void>;
}

/** A proxy that ends connections on which nothing has come for 3 s. */
const impatient = "ws://10.99.0.2:8081/";

/** A server that ends each connection after one pong. */
const fickle = { target: "ws://10.99.0.2:8010/", port: 8010 };

/** A server that keeps its connections. */
const patient = "ws://10.99.0.2:8001/";

/** A server that refuses for 4 s, then accepts for 8 s, and so on. */
const restarting = "tcp://10.99.0.2:7107";

/** Sessions that can run at the same time. */
export const labSessions: readonly LabSession[] = [
  {
    name: "a connection asked each second outlives an idle limit of 3 s",
    async run(lab) {
      const agent = startAgent(lab, ["-i1s", impatient]);
      const cycles = await agent.cycles(8);
      await assertEnds(agent, lab);
      const [{ local_port: port }] = cycles as [Cycle];
      assertEquals(
        cycles.map(({ local_port, held }) => ({ local_port, held })),
        cycles.map((_, at) => ({ local_port: port, held: at > 0 })),
        JSON.stringify(agent.heard),
      );
      assertEquals(reconnects(agent), 0);
    },
  },
  {
    name:
      "a connection asked each 5 s is ended by an idle limit of 3 s, and made again without a transition",
    async run(lab) {
      const agent = startAgent(lab, ["-i5s", impatient]);
      while (reconnects(agent) < 3) await agent.event(() => true);
      await assertEnds(agent, lab);
    },
  },
  {
    name:
      "a server that ends each connection is asked at most twice an interval",
    async run(lab) {
      const interval = 2_000;
      const intervals = 5;
      const served = () => countSockets(lab.far, "time-wait", fickle.port);
      const before = await served();
      const agent = startAgent(lab, [`-i${interval}ms`, fickle.target]);
      const cycles = [await agent.cycle()];
      const timeOf = (cycle: Cycle) => Date.parse(cycle.time);
      const end = timeOf(cycles[0]!) + intervals * interval;
      while (timeOf(cycles.at(-1)!) < end) cycles.push(await agent.cycle());
      await assertEnds(agent, lab);
      const most = 2 * (intervals + 1);
      assert(cycles.length <= most, JSON.stringify(cycles));
      // Those that were under way at the end are no storm.
      const connections = await served() - before;
      assert(connections <= most + 2, `${connections} connections`);
      assert(reconnects(agent) > 0, JSON.stringify(agent.heard));
    },
  },
  {
    name:
      "a connection that is cut in silence is replaced in the same cycle without a transition",
    async run(lab) {
      const agent = startAgent(lab, ["-i5s", "-t2s", patient]);
      let cycle;
      do cycle = await agent.cycle(); while (!cycle.held);
      const port = cycle.local_port!;
      await using _cut = await cut(lab.far, port);
      do cycle = await agent.cycle(); while (cycle.local_port === port);
      const { held, tries } = cycle;
      assertEquals({ held, tries }, { held: false, tries: 2 });
      await agent.event(({ event }) => event === "reconnect");
      // It may answer late for 10 s.
      await until(async () => !(await portsOf(agent, lab)).includes(port));
      await assertEnds(agent, lab);
      assertEquals(reconnects(agent), 1);
    },
  },
  {
    name: "a server that restarts for ever is never dead",
    async run(lab) {
      const agent = startAgent(lab, ["-i2s", restarting]);
      for (let refusals = 0; refusals < 2;) {
        if ((await agent.cycle()).dead_replies > 0) refusals++;
      }
      await assertEnds(agent, lab);
    },
  },
  ...[
    { server: "xvfb971", args: ["--hold", "x11://:971"] },
    { server: "zmtp-asleep", args: ["zmtp://10.99.0.2:5571"] },
  ].map(({ server, args }): LabSession => ({
    name: `${server} is silent while it is stopped, and dead once it is killed`,
    async run(lab) {
      const signal = await signaller(server);
      const agent = startAgent(lab, ["-i2s", ...args]);
      const hears = (verdict: string) =>
        agent.event((it) =>
          it["event"] === "cycle" && it["verdict"] === verdict
        );
      await hears("alive");
      signal("SIGSTOP");
      await hears("silent");
      signal("SIGCONT");
      await hears("alive");
      await until(async () =>
        (await socketsOf(lab.near, "close-wait"))
          .every(({ pid }) => pid !== agent.process.pid)
      );
      signal("SIGKILL");
      await agent.endsWith(10);
      assertEquals(agent.classes(), ["alive", "fault", "alive", "dead"]);
    },
  })),
];

/** Sends signals to a server that the lab has started. */
async function signaller(
  server: string,
): Promise<(signal: Deno.Signal) => void> {
  const started = await Deno.readTextFile("/run/lifesign-lab/pids");
  const line = started.split("\n").find((line) => line.endsWith(` ${server}`));
  assert(line !== undefined, started);
  const pid = Number(line.split(" ")[0]);
  return (signal) => Deno.kill(pid, signal);
}

/** How often an agent had to connect again. */
function reconnects({ heard }: Agent): number {
  return heard.filter(({ event }) => event === "reconnect").length;
}

/** Asserts that all was alive, that no connection waits to be closed, and that the agent ends when told to. */
async function assertEnds(agent: Agent, { near }: Lab): Promise<void> {
  const { pid } = agent.process;
  await until(async () =>
    (await socketsOf(near, "close-wait")).every((it) => it.pid !== pid)
  );
  await agent.endsWith(0, "SIGTERM");
  const all = JSON.stringify(agent.heard);
  assertEquals(agent.classes(), ["alive"], all);
  for (const { event, verdict } of agent.heard) {
    if (event === "cycle") assertEquals(verdict, "alive", all);
  }
}

/** The local ports of an agent's connections. */
async function portsOf({ process }: Agent, { near }: Lab): Promise<number[]> {
  return (await socketsOf(near, "established"))
    .filter(({ pid }) => pid === process.pid).map(({ port }) => port);
}

async function countSockets(
  host: Host,
  state: string,
  port: number,
): Promise<number> {
  const sockets = await socketsOf(host, state);
  return sockets.filter((socket) => socket.port === port).length;
}

/** A socket of TCP. */
interface Socket {
  /** Its local port. */
  readonly port: number;
  /** Its process; `undefined` where it has none any more. */
  readonly pid: number | undefined;
}

/** The sockets of a host that are in a state of ss(8). */
async function socketsOf(host: Host, state: string): Promise<Socket[]> {
  const { code, stdout, stderr } = await host.run(
    ["ss", "-Htnp", "state", state],
  );
  assertEquals(code, 0, stderr);
  return stdout.trim().split("\n").filter(Boolean).map((line) => {
    const [, , local] = line.trim().split(/\s+/);
    const [, pid] = /\bpid=(\d+)/.exec(line) ?? [];
    return {
      port: Number(local!.slice(local!.lastIndexOf(":") + 1)),
      pid: pid === undefined ? undefined : Number(pid),
    };
  });
}

/** Drops what a client's port sends and gets at its server's host, until it goes out of scope. */
async function cut(host: Host, port: number): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  for (const rule of [`INPUT --sport ${port}`, `OUTPUT --dport ${port}`]) {
    const change = async (how: string) => {
      const [chain, ...match] = rule.split(" ");
      const { code, stderr } = await host.run(
        ["iptables", how, chain!, "-p", "tcp", ...match, "-j", "DROP"],
      );
      assertEquals(code, 0, stderr);
    };
    await change("-I");
    stack.defer(() => change("-D"));
  }
  return stack.move();
}

/** Waits for a condition; rejects after a minute. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let poll = 0; !await condition(); poll++) {
    assert(poll < 300, "nothing has changed for a minute");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
