/**
 * Faults of the agent's process.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  assertCycles,
  often,
  startAgent,
  startGateway,
  uid,
} from "./actors.ts";
import { farAddress, type Network } from "./network.ts";
import type { Row } from "./row.ts";

/** The time that a process is stopped, in ms. */
const stopTime = 30_000;

/** The process is stopped before an answer, and while it is idle. */
async function isStopped(network: Network): Promise<void> {
  // So slow that the answer comes to a process that is stopped.
  const server = await startGateway(network, { faults: { delay: 3_000 } });
  const args = ["-g", farAddress, "-u", uid, "-i5s", "-t5s", "-n1"];
  const asking = startAgent(network, args);
  await server.event(({ event }) => event === "request");
  asking.process.signal("SIGSTOP");
  const waiting = startAgent(network, args);
  assertCycles([await waiting.cycle()], "alive");
  waiting.process.signal("SIGSTOP");

  await new Promise((resolve) => setTimeout(resolve, stopTime));
  asking.process.signal("SIGCONT");
  waiting.process.signal("SIGCONT");
  const first = await asking.cycle();
  assert(first.answer_ms! >= stopTime, JSON.stringify(first));
  for (const agent of [asking, waiting]) {
    assertCycles([await agent.cycle()], "alive");
    assertEquals(agent.classes(), ["alive"]);
    await agent.endsWith(0, "SIGTERM");
  }
}

/** Writes a configuration. Half of the sessions read their UIDs from files. */
async function configure(folder: string, count: number): Promise<string> {
  const write = (path: string, text: string) =>
    Deno.writeTextFile(path, text, { mode: 0o600 });
  const sections = Array.from({ length: count }, async (_, k) => {
    if (k % 2 === 0) return `[s${k}]\nuid = ${k}\n`;
    await write(`${folder}/uid${k}`, `${k}\n`);
    return `[s${k}]\nuid_file = ${folder}/uid${k}\n`;
  });
  const file = `${folder}/lifesign.conf`;
  const all = await Promise.all(sections);
  await write(file, `gateway = ${farAddress}\n${all.join("")}`);
  return file;
}

/** Limits the descriptors of the following command. */
const limited = (descriptors: number) => [
  "sh",
  "-c",
  `ulimit -n ${descriptors}; exec "$@"`,
  "sh",
];

/** There are fewer descriptors than lingering sockets. */
async function lacksDescriptorsToLinger(network: Network): Promise<void> {
  const sessions = 6;
  await startGateway(network, { uids: [] });
  const file = await configure(network.folder, sessions);
  const args = ["-c", file, "-i2s", "-t400ms", "-n3"];
  const agent = startAgent(network, args, limited(32));
  const cycles = await agent.cycles(6 * sessions);
  assertCycles(cycles, "alive");
  assertEquals(new Set(cycles.map(({ session }) => session)).size, sessions);
  await agent.endsWith(0, "SIGTERM");
}

/** There are fewer ports than lingering sockets. */
async function lacksPortsToLinger(network: Network): Promise<void> {
  await network.near.sysctl("ip_local_port_range", "40000 40001");
  await startGateway(network);
  const agent = startAgent(network, [...often, "-g", farAddress]);
  const cycles = await agent.cycles(8);
  assertCycles(cycles, "alive");
  const ports = cycles.map(({ local_port }) => local_port);
  assert(ports.every((port, k) => port !== ports[k + 1]), ports.join());
  await agent.endsWith(0, "SIGTERM");
}

/** More sessions ask at once than there are descriptors. */
async function lacksDescriptorsToAsk(network: Network): Promise<void> {
  const sessions = 40;
  const faults = { delay: 900 };
  await startGateway(network, { uids: [], faults });
  const file = await configure(network.folder, sessions);
  const args = ["-c", file, "-i30s", "-t5s", "-n1"];
  const agent = startAgent(network, args, limited(40));
  // Some wait until there is a socket for them, and lose nothing by that.
  const cycles = await agent.cycles(sessions);
  assertCycles(cycles, "alive");
  await agent.endsWith(0, "SIGTERM");
}

/** No fault ends the agent or causes a wrong verdict. */
export const processes: readonly Row[] = [
  { name: "the agent is stopped for 30 s", run: isStopped },
  {
    name: "there are fewer descriptors than lingering sockets",
    run: lacksDescriptorsToLinger,
  },
  {
    name: "there are fewer ports than lingering sockets",
    run: lacksPortsToLinger,
  },
  {
    name: "there are fewer descriptors than sessions",
    run: lacksDescriptorsToAsk,
  },
];
