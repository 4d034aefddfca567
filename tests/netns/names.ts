/**
 * Faults of the name server.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  assertCheck,
  assertCycles,
  gatewayName,
  often,
  startAgent,
  startGateway,
  startNameServer,
  useNameServer,
} from "./actors.ts";
import { isStatic } from "../harness.ts";
import { lan, type Network } from "./network.ts";
import type { Row } from "./row.ts";

const args = [...often, "-g", gatewayName];

/** What is told of a name server that refuses: musl waits whatever it says, as for one that is silent. */
const refused = isStatic ? "ETIMEDOUT" : "ENOTFOUND";

/** Drops all questions for names at the far host. */
const deafen = ({ far }: Network) =>
  far.filter("input", "meta l4proto { tcp, udp } th dport 53 drop");

const table: Readonly<Record<string, (network: Network) => Promise<void>>> = {
  async "the name server goes, and the last good address stays in use"(
    network,
  ) {
    await useNameServer(network);
    const { process: server } = await startNameServer(network);
    await startGateway(network);
    const agent = startAgent(network, args);
    assertCycles([await agent.cycle()], "alive");
    await assertCheck(network, args, {
      code: 0,
      verdict: "alive",
      error: null,
    });

    server.signal("SIGKILL");
    await server.outcome;
    const [cycles] = await Promise.all([
      agent.freshCycles(3),
      // Who knows no address yet finds none.
      assertCheck(network, args, {
        code: 22,
        verdict: "unresolved",
        error: refused,
      }),
    ]);
    assertCycles(cycles, "alive");
    await startNameServer(network);
    assertCycles(await agent.freshCycles(1), "alive");
    assertEquals(agent.classes(), ["alive"]);
    await agent.endsWith(0, "SIGTERM");
  },

  async "the name server comes after the agent"(network) {
    await useNameServer(network);
    await startGateway(network);
    const agent = startAgent(network, args);
    assertCycles([await agent.cycle()], "unresolved", refused);
    await startNameServer(network);
    assertCycles(await agent.freshCycles(2), "alive");
    assertEquals(agent.classes(), ["fault", "alive"]);
    await agent.endsWith(0, "SIGTERM");
  },

  async "the name server is silent at first"(network) {
    // The first look-up fails in the middle of the second cycle, which shares it.
    await useNameServer(network, "timeout:8 attempts:1");
    await startNameServer(network);
    await startGateway(network);
    await deafen(network);
    const agent = startAgent(network, args);
    const once = startAgent(network, [...args, "--count=1"]);
    assertCycles([await agent.cycle()], "unresolved", "ETIMEDOUT");
    await once.endsWith(22);

    await network.far.unfilter();
    assertCycles(await agent.freshCycles(2), "alive");
    assertEquals(agent.classes(), ["fault", "alive"]);
    await agent.endsWith(0, "SIGTERM");
  },

  async "SIGTERM comes while the name server is silent"(network) {
    // So long that nobody would wait for it.
    await useNameServer(network, "timeout:30 attempts:5");
    await deafen(network);
    const first = startAgent(network, args);
    await first.event(({ event }) => event === "start");
    await first.endsWith(0, "SIGTERM");

    const second = startAgent(network, args);
    assertCycles([await second.cycle()], "unresolved", "ETIMEDOUT");
    await second.endsWith(0, "SIGTERM");
  },

  async "the gateway moves, and its name follows"(network) {
    const newAddress = "10.77.0.3";
    await network.far.ip(`address add ${newAddress}/24 dev ${lan}`);
    await useNameServer(network);
    const server = await startNameServer(network);
    const old = await startGateway(network);
    const agent = startAgent(network, args);
    assertCycles([await agent.cycle()], "alive");

    old.signal("SIGKILL");
    await old.outcome;
    const gateway = await startGateway(network, { host: newAddress });
    assertCycles(await agent.freshCycles(2), "silent");

    await server.point(newAddress);
    assertCycles(await agent.freshCycles(2), "alive");
    await gateway.event(({ action }) => action === "alive");
    assertEquals(agent.classes(), ["alive", "fault", "alive"]);
    await agent.endsWith(0, "SIGTERM");
  },
};

/** The agent notices each fault, and none ends it. */
export const names: readonly Row[] = Object.entries(table).map(
  ([name, run]) => ({ name, needs: ["dnsmasq", "nft"], run }),
);
