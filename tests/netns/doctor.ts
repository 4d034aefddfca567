/**
 * Runs `doctor` in broken networks.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lifesign } from "../harness.ts";
import { gatewayPort, startGateway, uid } from "./actors.ts";
import { farAddress, lan, nearAddress, type Network } from "./network.ts";
import type { Row } from "./row.ts";

/** A broken network, and the expected output. */
interface Case {
  readonly name: string;
  readonly needs?: readonly string[];
  /** Breaks the network. A gateway listens on the far host. */
  readonly breaks: (network: Network) => Promise<unknown>;
  /** Arguments besides the far address and the UID. */
  readonly args?: readonly string[];
  readonly code: number;
  /** The signs of the steps. */
  readonly signs: string;
  readonly says: readonly string[];
}

const heartbeats = `udp dport ${gatewayPort}`;

const table: readonly Case[] = [
  {
    name: "nothing is broken",
    breaks: () => Promise.resolve(),
    code: 0,
    signs: "✓✓✓✓✓✓✓✓",
    says: [
      `through ${lan}, from ${nearAddress}: ${farAddress} is in the same network`,
      "10 of 10 heartbeats sent one by one were answered",
    ],
  },
  {
    name: "no route",
    breaks: ({ near }) =>
      near.ip(`address delete ${nearAddress}/24 dev ${lan}`),
    code: 21,
    signs: "✓✓✗–––––",
    says: ["no route to", "it is on no network at all"],
  },
  {
    name: "a firewall of its own",
    needs: ["nft"],
    breaks: ({ near }) => near.filter("output", `${heartbeats} drop`),
    code: 21,
    signs: "✓✓✓✗––––",
    says: [
      "a firewall on this machine forbids",
      "A rule for the chain `output`",
    ],
  },
  {
    name: "a firewall that drops everything",
    needs: ["nft"],
    breaks: ({ far }) => far.filter("input", "meta l4proto { tcp, udp } drop"),
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [
      `nothing came from ${farAddress}`,
      `Try \`ping ${farAddress}\``,
    ],
  },
  {
    name: "a firewall that drops heartbeats",
    needs: ["nft"],
    breaks: ({ far }) => far.filter("input", `${heartbeats} drop`),
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [`${farAddress} is there: it refused`, "or a firewall drops UDP"],
  },
  {
    name: "a firewall that rejects everything",
    needs: ["nft"],
    breaks: ({ far }) =>
      far.filter("input", "meta l4proto { tcp, udp } reject"),
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [
      `${farAddress} is there: it refused`,
      "nothing speaks this heartbeat",
    ],
  },
  {
    name: "the port is closed",
    breaks: () => Promise.resolve(),
    args: ["-g", `${farAddress}:4444`],
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [`${farAddress}:${gatewayPort} does answer`, "The port was wrong"],
  },
  {
    name: "the heartbeat is switched off",
    breaks: async ({ far }) => {
      await far.ip(`address add 10.77.0.3/24 dev ${lan}`);
    },
    args: ["-g", "10.77.0.3"],
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [
      "none of 13 heartbeats was answered, but 10.77.0.3 is there: it refused",
      "lost packets are unlikely",
      "Either the site has switched it off",
    ],
  },
  {
    name: "three of four heartbeats are lost",
    needs: ["nft"],
    breaks: ({ far }) =>
      far.filter("input", `${heartbeats} numgen inc mod 4 != 2 drop`),
    code: 0,
    signs: "✓✓✓✓✗✓✓✓",
    says: ["of 10 heartbeats", "are lost on the way there or back"],
  },
  {
    name: "nearly all packets are lost",
    needs: ["nft"],
    // The first of each connection is, so that TCP has to ask again.
    breaks: async ({ far }) => {
      await far.filter("input", `${heartbeats} drop`);
      await far.filter("input", "tcp flags syn numgen inc mod 4 != 3 drop");
    },
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: ["and only at the second request", `ping -c 20 ${farAddress}`],
  },
  {
    name: "nobody has the address",
    breaks: () => Promise.resolve(),
    args: ["-g", "10.77.0.9"],
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: ["no machine has the address 10.77.0.9"],
  },
  {
    name: "bind leads astray",
    needs: ["nft"],
    breaks: async ({ near, far }) => {
      await near.ip(`address add 10.77.0.4/24 dev ${lan}`);
      await far.filter("input", `ip saddr 10.77.0.4 ${heartbeats} drop`);
    },
    args: ["-b", "10.77.0.4"],
    code: 20,
    signs: "✓✓✓✓✗–––",
    says: [
      `through ${lan}, from 10.77.0.4: ${farAddress} is in the same network`,
      `${farAddress} is there: it refused`,
    ],
  },
];

/** Doctor explains each case. */
export const doctor: readonly Row[] = table.map((row) => ({
  name: `the doctor: ${row.name}`,
  needs: row.needs ?? [],
  run: (network) => explain(row, network),
}));

async function explain(row: Case, network: Network): Promise<void> {
  const { args = [], code, signs, says } = row;
  await startGateway(network);
  await row.breaks(network);
  const gateway = args.includes("-g") ? [] : ["-g", farAddress];
  const outcome = await network.near.run(
    [lifesign, "doctor", "-u", uid, ...gateway, ...args],
  );
  const shown = [...outcome.stdout.matchAll(/^ {2}([✓✗–]) /gm)];
  assertEquals(
    [outcome.code, shown.map(([, sign]) => sign).join(""), outcome.stderr],
    [code, signs, ""],
    outcome.stdout,
  );
  const text = outcome.stdout.replace(/\s+/g, " ");
  for (const each of says) assertStringIncludes(text, each);
  assert(!text.includes("4d 00"), text);
}
