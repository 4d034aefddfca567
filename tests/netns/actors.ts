/**
 * Who acts in a test network: a gateway, an agent, a name server, a capture.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { classOf, type Verdict } from "../../lib/verdict.ts";
import { lifesign, type Running } from "../harness.ts";
import type { TestGatewayOptions } from "./gateway.ts";
import { farAddress, type Network } from "./network.ts";

/** The port that every gateway listens at. */
export const gatewayPort = 3335;

/** The session that agents keep alive and gateways know. */
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

/** Lets a gateway's session die. */
export async function kill(gateway: Running): Promise<void> {
  await gateway.type(`kill ${uid}`);
  await gateway.event(({ event }) => event === "kill");
}

/** What `run --json` says of a cycle, as far as tests want to know. */
export interface Cycle {
  /** When its verdict was found, in ms since 1970. */
  readonly at: number;
  /** Whose it was. */
  readonly session: string;
  /** Its verdict. */
  readonly verdict: Verdict;
  /** The code of the last local failure; `null` if there was none. */
  readonly code: string | null;
  /** How many datagrams left the machine. */
  readonly tries: number;
  /** The round trip in ms; `null` without an answer. */
  readonly rtt: number | null;
  /** From its first try to its answer, in ms; `null` without one. */
  readonly answerTime: number | null;
  /** The local port; `null` if there was none. */
  readonly port: number | null;
  /** What was discarded. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** An agent that runs on the near host. */
export interface Agent {
  /** The process. */
  readonly process: Running;
  /** Every event that was read so far. */
  readonly heard: readonly Record<string, unknown>[];
  /** The verdicts between which there was a transition, as classes, so far. */
  classes(): string[];
  /** Resolves to the next event that fulfils the condition. */
  event(
    condition: (event: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>>;
  /** Resolves to the next cycle. */
  cycle(): Promise<Cycle>;
  /** Resolves to so many cycles that begin from now on: the one under way is left out. */
  freshCycles(count: number): Promise<Cycle[]>;
  /** Waits until it has ended by itself with this status, or by a signal first if that is named. */
  endsWith(code: number, signal?: Deno.Signal): Promise<void>;
}

/** What every agent is told first: a heartbeat every 2 s, given up after 400 + 600 + 900 ms. */
export const often: readonly string[] = ["-u", uid, "-i2s", "-t400ms", "-n3"];

/** Starts `lifesign run --json` with these words, or as part of the command before them. */
export function startAgent(
  { near }: Network,
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
    return cycleOf(await event(({ event }) => event === "cycle"));
  }

  return {
    process,
    heard,
    classes: () =>
      heard.filter(({ event }) => event === "transition")
        .map(({ to }) => classOf(to as Verdict)),
    event,
    cycle,
    async freshCycles(count) {
      const now = Date.now();
      while ((await cycle()).at <= now);
      const fresh: Cycle[] = [];
      while (fresh.length < count) fresh.push(await cycle());
      return fresh;
    },
    async endsWith(code, signal) {
      if (signal !== undefined) process.signal(signal);
      const { exit_code } = await event(({ event }) => event === "stop");
      const outcome = await process.outcome;
      assertEquals([exit_code, outcome.code], [code, code], outcome.stderr);
    },
  };
}

function cycleOf(event: Record<string, unknown>): Cycle {
  const error = event["error"] as { code: string } | null;
  return {
    at: Date.parse(`${event["time"]}`),
    session: `${event["session"]}`,
    verdict: event["verdict"] as Verdict,
    code: error?.code ?? null,
    tries: event["tries"] as number,
    rtt: event["rtt_ms"] as number | null,
    answerTime: event["answer_ms"] as number | null,
    port: event["local_port"] as number | null,
    reasons: event["reasons"] as Record<string, number>,
  };
}

/** Compares verdicts and, where there is a fault of this machine, its code. */
export function assertCycles(
  cycles: readonly Cycle[],
  verdict: Verdict,
  code: string | null = null,
): void {
  assertEquals(
    cycles.map((cycle) => [cycle.verdict, cycle.code]),
    cycles.map(() => [verdict, code]),
    JSON.stringify(cycles),
  );
}

/** Runs `lifesign check --json` with these words and compares how it ends. */
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

/** The name of the gateway where there is a name server. */
export const gatewayName = "gateway.test";

/** A name server on the far host. */
export interface NameServer {
  /** The process. */
  readonly process: Running;
  /** Lets the gateway's name mean another address. */
  point(address: string): Promise<void>;
}

/** Has the near host ask the far one for names; `options` are those of resolv.conf. */
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

/** A packet that a capture has seen. */
export interface Packet {
  /** When, in ms since 1970. */
  readonly at: number;
  /** What tcpdump says of it. */
  readonly text: string;
}

/** Starts to capture on the near host what matches a filter of tcpdump's; returns what resolves to the next packet. */
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
