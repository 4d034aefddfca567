/**
 * A machine with two lines. The gateway has the same address behind both.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isStatic, lifesign } from "../harness.ts";
import {
  assertCheck,
  assertCycles,
  gatewayPort,
  kill,
  startAgent,
  startGateway,
  uid,
} from "./actors.ts";
import { farAddress, lan, nearAddress, type Network } from "./network.ts";
import type { Row } from "./row.ts";

/** The gateway's address behind both lines. */
const gatewayAddress = "172.16.202.201";

/** The second line. */
const line = { name: "line2", near: "10.78.0.1", far: "10.78.0.2" };

const asked = ["-g", gatewayAddress, "-u", uid, "-t400ms", "-n2"];

const routes = {
  first: `via ${farAddress} dev ${lan}`,
  second: `via ${line.far} dev ${line.name}`,
};

/** Lays the second line, without any route through it. */
async function layLines({ near, far, lay }: Network): Promise<void> {
  await lay(line.name);
  await near.ip(`address add ${line.near}/24 dev ${line.name}`);
  await far.ip(`address add ${line.far}/24 dev ${line.name}`);
  await far.ip(`address add ${gatewayAddress}/32 dev lo`);
  for (const host of [near, far]) await host.ip(`link set ${line.name} up`);
}

/** Runs `doctor`; resolves to its exit code and its text in one line. */
async function askDoctor(
  { near }: Network,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const outcome = await near.run([lifesign, "doctor", ...asked, ...args]);
  return { code: outcome.code, text: outcome.stdout.replace(/\s+/g, " ") };
}

async function bindNamesTheWorseLine(network: Network): Promise<void> {
  const { near } = network;
  await layLines(network);
  await near.ip(`route add default ${routes.first} metric 10`);
  await near.ip(`route add default ${routes.second} metric 20`);
  const gateway = await startGateway(network, { host: gatewayAddress });
  // From now on it says what another line's gateway would say.
  await kill(gateway);
  for (const bind of isStatic ? [line.near] : [line.name, line.near]) {
    const args = [...asked, "-b", bind];
    const wanted = { verdict: "unsendable", error: "EROUTE" } as const;
    await assertCheck(network, args, { code: 21, ...wanted });
  }
  // Where a name means the interface itself, its address is as wrong as elsewhere.
  const bind = isStatic ? line.near : line.name;
  const args = [...asked, "-i4s", "-b", bind];
  const agent = startAgent(network, args);
  assertCycles([await agent.cycle()], "unsendable", "EROUTE");

  const { code, text } = await askDoctor(network, ["-b", bind]);
  assertEquals(code, 21, text);
  assertStringIncludes(text, `leave by ${lan}, another line`);
  assert(!text.includes("Leave bind"), text);

  // What it says does help, and from then on a death is one.
  const commands = [...text.matchAll(/`ip ([^`]* add [^`]*)`/g)];
  // Once as a step, once more in the line of the verdict.
  assertEquals(commands.length, 4, text);
  for (const [, words] of commands.slice(0, 2)) await near.ip(words!);
  const { client_host } = await gateway.event(({ event }) =>
    event === "request"
  );
  assertEquals(client_host, line.near, "nobody has asked by the first line");
  await agent.endsWith(10);
}

async function bindIsTheInterface(network: Network): Promise<void> {
  const { near } = network;
  await layLines(network);
  await near.ip(`route add default ${routes.first} metric 10`);
  await near.ip(`route add default ${routes.second} metric 20`);
  const gateway = await startGateway(network, { host: gatewayAddress });
  for (const [device, host] of [[lan, nearAddress], [line.name, line.near]]) {
    const wanted = { code: 0, verdict: "alive", error: null } as const;
    await assertCheck(network, [...asked, "-b", device!], wanted);
    const { client_host } = await gateway.event(({ event }) =>
      event === "request"
    );
    assertEquals(client_host, host);
  }
}

async function routersSayWhy(network: Network): Promise<void> {
  const { near, far } = network;
  await far.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  await near.ip(`route add default via ${farAddress}`);
  await far.ip("route add unreachable 192.0.2.0/24");
  const rows = [
    [farAddress, `${farAddress} says: port unreachable`],
    ["192.0.2.1", `${farAddress} says: host unreachable`],
  ];
  for (const [host, note] of rows) {
    const words = ["check", "--json", "-g", host!, "-u", uid, "-t200ms", "-n1"];
    const { code, stdout } = await near.run([lifesign, ...words]);
    assertEquals(code, 20, stdout);
    const [session] = JSON.parse(stdout).sessions;
    assertEquals([session.verdict, session.note], ["silent", note]);
  }
}

async function linesShareThePackets(network: Network): Promise<void> {
  const { near } = network;
  await layLines(network);
  await near.ip(
    `route add default nexthop ${routes.first} nexthop ${routes.second}`,
  );
  await startGateway(network, { host: gatewayAddress });
  const { code, text } = await askDoctor(network, []);
  assertEquals(code, 0, text);
  assertStringIncludes(text, `leave by ${lan} or ${line.name}`);
  assertStringIncludes(text, "say bind");
}

async function routeNamesTheSource(network: Network): Promise<void> {
  const { near, far } = network;
  await layLines(network);
  await near.ip(`address add 10.77.0.7/24 dev ${lan}`);
  await near.ip(`route add default ${routes.first} src 10.77.0.7`);
  await startGateway(network, { host: gatewayAddress });
  const first = `ip saddr ${nearAddress} udp dport ${gatewayPort} drop`;
  await far.filter("input", first);
  const wanted = { code: 0, verdict: "alive", error: null } as const;
  await assertCheck(network, [...asked, "-b", lan], wanted);
}

async function interfaceHasAnotherAddress(network: Network): Promise<void> {
  const { near, far } = network;
  await near.ip(`address add 10.77.0.7/24 dev ${lan}`);
  await startGateway(network);
  const first = `ip saddr ${nearAddress} udp dport ${gatewayPort} drop`;
  await far.filter("input", first);
  const args = ["-g", farAddress, "-u", uid, "-i2s", "-t200ms", "-n2"];
  const agent = startAgent(network, [...args, "-b", lan]);
  assertCycles([await agent.cycle()], "silent");
  assertCycles([await agent.cycle()], "alive");
  await agent.endsWith(0, "SIGTERM");
}

async function addressOfNoLine(network: Network): Promise<void> {
  const { near, far } = network;
  await network.lay("inner");
  await near.ip("address add 10.99.0.1/24 dev inner");
  await near.ip("link set inner up");
  await far.ip("link set inner up");
  await far.ip(`route add 10.99.0.0/24 via ${nearAddress}`);
  await startGateway(network);
  const args = ["-g", farAddress, "-u", uid, "-b", "10.99.0.1"];
  const wanted = { code: 0, verdict: "alive", error: null } as const;
  await assertCheck(network, args, wanted);
}

async function gatewayHasTwoAddresses(network: Network): Promise<void> {
  await network.far.ip(`address add 10.77.0.5/24 dev ${lan}`);
  await startGateway(network, { host: "0.0.0.0" });
  const words = ["doctor", "-g", "10.77.0.5", "-u", uid, "-t200ms"];
  const { code, stdout } = await network.near.run([lifesign, ...words]);
  assertEquals(code, 20, stdout);
  assertStringIncludes(stdout, `${farAddress} answered`);
  assertStringIncludes(stdout, `reply_from = ${farAddress} `);
}

/** Heartbeats leave by the line of bind, or not at all. */
export const lines: readonly Row[] = [
  {
    name: "bind names the line with the worse route",
    run: bindNamesTheWorseLine,
  },
  ...isStatic
    ? [
      { name: "bind is the interface itself", run: bindIsTheInterface },
      { name: "routers say why nothing arrives", run: routersSayWhy },
    ]
    : [],
  {
    name: "two lines share the packets",
    run: linesShareThePackets,
  },
  {
    name: "the route names an interface's second address",
    needs: ["nft"],
    run: routeNamesTheSource,
  },
  {
    name: "nothing finds its way back to an interface's first address",
    needs: ["nft"],
    run: interfaceHasAnotherAddress,
  },
  {
    name: "bind is an address of a network without a way out",
    run: addressOfNoLine,
  },
  {
    name: "a gateway answers from another address",
    run: gatewayHasTwoAddresses,
  },
];
