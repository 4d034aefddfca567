/**
 * The actors of a test network: gateway, agent, name server and capture.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { classOf, type Verdict } from "../../lib/verdict.ts";
import { lifesign, type Running } from "../harness.ts";
import type { TestGatewayOptions } from "./gateway.ts";
import { farAddress, type Network } from "./network.ts";

/** The port of every gateway. */
export const gatewayPort = 3335;

/** The UID of the session. */
export const uid = "77";

/** Starts a gateway on the far host and waits until it listens. */
export async function startGateway(
  { far }: Network,
  options: Partial<TestGatewayOptions> = {},
): Promise<Running> {
  const all: TestGatewayOptions = {
    host: farAddress,
    port: gatewayPort,
    uids: [uid],
    ...options,
  };
  const program = decodeURIComponent(
    new URL("gateway.ts", import.meta.url).pathname,
  );
  const words = ["run", "-A", "--cached-only", program, JSON.stringify(all)];
  const gateway = far.start([Deno.execPath(), ...words], Deno.env.toObject());
  await gateway.event(({ event }) => event === "listening");
  return gateway;
}

/** Kills the session at a gateway. */
export async function kill(gateway: Running): Promise<void> {
  await gateway.type(`kill ${uid}`);
  await gateway.event(({ event }) => event === "kill");
}

/** The fields of a cycle's event that tests read. */
export interface Cycle {
  /** When its verdict was found, as RFC 3339. */
  readonly time: string;
  /** Its session. */
  readonly session: string;
  /** Its verdict. */
  readonly verdict: Verdict;
  /** The last local failure; `null` if there was none. */
  readonly error: { readonly code: string } | null;
  /** How many datagrams or connections left the machine. */
  readonly tries: number;
  /** Time from its first try to its answer, in ms; `null` without one. */
  readonly answer_ms: number | null;
  /** The local port; `null` if there was none. */
  readonly local_port: number | null;
  /** How many death signs came. */
  readonly dead_replies: number;
  /** Whether it was asked on a connection that was kept. */
  readonly held: boolean;
  /** What was discarded. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** An agent that runs on the near host. */
export interface Agent {
  /** The process. */
  readonly process: Running;
  /** All events so far. */
  readonly heard: readonly Record<string, unknown>[];
  /** The classes of all transitions so far. */
  classes(): string[];
  /** Resolves to the next event that meets a condition. */
  event(
    condition: (event: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
  /** Resolves to the next cycle. */
  cycle(): Promise<Cycle>;
  /** Resolves to the next cycles. */
  cycles(count: number): Promise<Cycle[]>;
  /** Resolves to cycles that begin from now on, without the present one. */
  freshCycles(count: number): Promise<Cycle[]>;
  /** Sends the signal, if any, and asserts that it ends with this status. */
  endsWith(code: number, signal?: Deno.Signal): Promise<void>;
}

/** The flags of most agents: a heartbeat every 2 s, given up after 400 + 600 + 900 ms. */
export const often: readonly string[] = ["-u", uid, "-i2s", "-t400ms", "-n3"];

/** Starts `lifesign run --json` with arguments, after an optional command such as `sh -c`. */
export function startAgent(
  { near }: Pick<Network, "near">,
  args: readonly string[],
  before: readonly string[] = [],
): Agent {
  const process = near.start([...before, lifesign, "run", "--json", ...args]);
  const heard: Record<string, unknown>[] = [];

  async function event(
    condition: (event: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    for (;;) {
      const next = await process.event();
      heard.push(next);
      if (condition(next)) return next;
    }
  }

  async function cycle(): Promise<Cycle> {
    const cycle: unknown = await event(({ event }) => event === "cycle");
    return cycle as Cycle;
  }

  const cycles = (length: number) => Array.fromAsync({ length }, cycle);

  return {
    process,
    heard,
    classes: () =>
      heard.filter(({ event }) => event === "transition")
        .map(({ to }) => classOf(to as Verdict)),
    event,
    cycle,
    cycles,
    async freshCycles(count) {
      const now = Date.now();
      while (Date.parse((await cycle()).time) <= now);
      return await cycles(count);
    },
    async endsWith(code, signal) {
      if (signal !== undefined) process.signal(signal);
      const { exit_code } = await event(({ event }) => event === "stop");
      const outcome = await process.outcome;
      assertEquals([exit_code, outcome.code], [code, code], outcome.stderr);
    },
  };
}

/** Asserts the verdict and the local fault of all cycles. */
export function assertCycles(
  cycles: readonly Cycle[],
  verdict: Verdict,
  code: string | null = null,
): void {
  assertEquals(
    cycles.map((cycle) => [cycle.verdict, cycle.error?.code ?? null]),
    cycles.map(() => [verdict, code]),
    JSON.stringify(cycles),
  );
}

/** Runs `lifesign check --json` and asserts its result. */
export async function assertCheck(
  { near }: Network,
  args: readonly string[],
  wanted: { code: number; verdict: Verdict; error: string | null },
): Promise<void> {
  const outcome = await near.run([lifesign, "check", "--json", ...args]);
  const { sessions: [{ verdict, error }] } = JSON.parse(outcome.stdout);
  assertEquals(
    { code: outcome.code, verdict, error: error?.code ?? null },
    wanted,
    outcome.stdout + outcome.stderr,
  );
}

/** The name of the gateway at the name server. */
export const gatewayName = "gateway.test";

/** A name server on the far host. */
export interface NameServer {
  /** The process. */
  readonly process: Running;
  /** Changes the address of the gateway's name. */
  point(address: string): Promise<void>;
}

/** Makes the near host ask the far one for names. `options` are those of resolv.conf. */
export async function useNameServer(
  { near, far }: Network,
  options = "timeout:5 attempts:2",
): Promise<void> {
  // A closed port is to be told of each time, so that asking it never takes long.
  await far.sysctl("icmp_ratelimit", "0");
  const lines = [`nameserver ${farAddress}`, `options ${options}`, ""];
  await near.etc("resolv.conf", lines.join("\n"));
  await near.etc("nsswitch.conf", "hosts: files dns\n");
}

/** Starts a name server that knows the gateway, and waits until it answers. */
export async function startNameServer(
  { far, folder }: Network,
): Promise<NameServer> {
  const file = `${folder}/hosts`;
  const write = (address: string) =>
    Deno.writeTextFile(file, `${address} ${gatewayName}\n`);
  await write(farAddress);
  const command = `exec dnsmasq --no-daemon --conf-file=/dev/null --pid-file= \
    --no-resolv --no-hosts --local=/test/ --addn-hosts=${file} \
    --bind-interfaces --listen-address=${farAddress} 2>&1`;
  const process = far.start(["sh", "-c", command]);
  const isRead = () => process.line((line) => line.includes(`read ${file}`));
  await isRead();
  return {
    process,
    async point(address) {
      await write(address);
      process.signal("SIGHUP");
      await isRead();
    },
  };
}

/** A captured packet. */
export interface Packet {
  /** Its time, in ms since 1970. */
  readonly at: number;
  /** The line of tcpdump. */
  readonly text: string;
}

/** Captures packets on the near host by a filter of tcpdump; resolves to a function for the next packet. */
export async function startCapture(
  { near }: Network,
  filter: string,
): Promise<() => Promise<Packet>> {
  const command =
    `exec tcpdump -i any -n -l --immediate-mode -tt '${filter}' 2>&1`;
  const process = near.start(["sh", "-c", command]);
  await process.line((line) => line.includes("listening on"));
  return async () => {
    const line = await process.line((line) => /^\d+\.\d+ /.test(line));
    return { at: Number(line.split(" ")[0]) * 1000, text: line };
  };
}
