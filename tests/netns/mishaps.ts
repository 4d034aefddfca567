/**
 * Faults of the gateway or the network that are fixed again.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { exitCodeOf } from "../../lib/exit_code.ts";
import type { Verdict } from "../../lib/verdict.ts";
import type { Running } from "../harness.ts";
import {
  assertCheck,
  assertCycles,
  gatewayPort,
  often,
  startAgent,
  startGateway,
} from "./actors.ts";
import { farAddress, lan, nearAddress, type Network } from "./network.ts";
import type { Row } from "./row.ts";

/** A network with a replaceable gateway. */
interface Scene {
  readonly network: Network;
  gateway: Running;
}

/** Changes a scene. */
type Act = (scene: Scene) => Promise<unknown>;

/** A fault that is fixed again. */
interface Mishap {
  readonly name: string;
  readonly needs?: readonly string[];
  /** The gateway's address; `farAddress` if absent. */
  readonly host?: string;
  /** More arguments of the agent; none if absent. */
  readonly args?: readonly string[];
  readonly breaks: Act;
  readonly fixes: Act;
  /** The verdict during the fault. */
  readonly verdict: Verdict;
  /** The code of the operating system; `null` without one. */
  readonly code: string | null;
}

/** The gateway's address that the near host knows a route to. */
const routed = "10.88.0.1";

const near = (words: string): Act => ({ network }) => network.near.ip(words);
const far = (words: string): Act => ({ network }) => network.far.ip(words);

const ownAddress = `${nearAddress}/24 dev ${lan}`;

/** A route that refuses packets. */
function route(type: string, code: string): Mishap {
  return {
    name: `the route becomes ${type}`,
    host: routed,
    breaks: near(`route replace ${type} ${routed}`),
    fixes: near(`route replace ${routed} via ${farAddress}`),
    verdict: "unsendable",
    code,
  };
}

/** A firewall on the host `end` that stops heartbeats. */
function firewall(
  end: "near" | "far",
  hook: "input" | "output",
  action: "drop" | "reject",
): Mishap {
  const isRequest = (end === "near") === (hook === "output");
  const match = `udp ${isRequest ? "dport" : "sport"} ${gatewayPort}`;
  const isOwnOutput = end === "near" && hook === "output";
  return {
    name: `a firewall: ${end} ${hook} ${action}`,
    needs: ["nft"],
    breaks: ({ network }) => network[end].filter(hook, `${match} ${action}`),
    fixes: ({ network }) => network[end].unfilter(),
    verdict: isOwnOutput ? "unsendable" : "silent",
    code: isOwnOutput ? "EPERM" : null,
  };
}

const table: readonly Mishap[] = [
  {
    name: "the gateway goes and comes back",
    async breaks({ gateway }) {
      gateway.signal("SIGKILL");
      await gateway.outcome;
    },
    async fixes(scene) {
      scene.gateway = await startGateway(scene.network);
    },
    verdict: "silent",
    code: null,
  },
  {
    name: "the cable is out",
    breaks: far(`link set ${lan} down`),
    fixes: far(`link set ${lan} up`),
    verdict: "silent",
    code: null,
  },
  {
    name: "the own interface is down",
    breaks: near(`link set ${lan} down`),
    fixes: near(`link set ${lan} up`),
    verdict: "unsendable",
    code: "ENETUNREACH",
  },
  {
    name: "the own address is gone",
    breaks: near(`address delete ${ownAddress}`),
    fixes: near(`address add ${ownAddress}`),
    verdict: "unsendable",
    code: "ENETUNREACH",
  },
  {
    name: "the address to bind is gone",
    args: ["-b", nearAddress],
    breaks: near(`address delete ${ownAddress}`),
    fixes: near(`address add ${ownAddress}`),
    verdict: "unsendable",
    code: "EADDRNOTAVAIL",
  },
  {
    name: "the interface to bind gets another address",
    args: ["-b", lan],
    breaks: near(`address delete ${ownAddress}`),
    fixes: near(`address add 10.77.0.4/24 dev ${lan}`),
    verdict: "unsendable",
    code: "ENODEV",
  },
  {
    ...route("no route at all", "ENETUNREACH"),
    breaks: near(`route delete ${routed}`),
  },
  route("unreachable", "EHOSTUNREACH"),
  route("prohibit", "EACCES"),
  route("blackhole", "EINVAL"),
  ...(["drop", "reject"] as const).flatMap((action) => [
    firewall("near", "output", action),
    firewall("near", "input", action),
    firewall("far", "input", action),
    firewall("far", "output", action),
  ]),
];

/** The agent names each fault, and the session is alive with the first cycle after it is fixed. */
export const mishaps: readonly Row[] = table.map((mishap) => ({
  name: mishap.name,
  needs: mishap.needs ?? [],
  run: (network) => play(mishap, network),
}));

async function play(mishap: Mishap, network: Network): Promise<void> {
  const { host = farAddress, breaks, fixes, verdict, code } = mishap;
  await network.far.ip(`address add ${routed} dev lo`);
  await network.near.ip(`route add ${routed} via ${farAddress}`);
  const args = [...often, "-g", host, ...mishap.args ?? []];
  const scene = { network, gateway: await startGateway(network, { host }) };
  const agent = startAgent(network, args);
  assertCycles([await agent.cycle()], "alive");

  await breaks(scene);
  const [cycles] = await Promise.all([
    agent.freshCycles(2),
    assertCheck(network, args, {
      code: exitCodeOf(verdict),
      verdict,
      error: code,
    }),
  ]);
  assertCycles(cycles, verdict, code);

  await fixes(scene);
  assertCycles(await agent.freshCycles(2), "alive");
  assertEquals(agent.classes(), ["alive", "fault", "alive"]);
  await agent.endsWith(0, "SIGTERM");
}
