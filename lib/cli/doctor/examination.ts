/**
 * What a doctor does to find out. It sends heartbeats as `check` does, then more
 * to see how many are lost. If nothing comes back it asks in other ways.
 *
 * @module
 */
import { familyOf, isLoopback } from "../../address.ts";
import type { AgentWorld } from "../../session/agent.ts";
import { askForLines, chooseSource } from "../../probe/source_address.ts";
import { classOf } from "../../verdict.ts";
import {
  type Clock,
  type Endpoint,
  type Fault,
  isFault,
  type Route,
  type World,
} from "../../world.ts";
import { oneCycle } from "../../run/one_cycle.ts";
import { type Heard, record, type Traffic } from "./traffic.ts";
import type { CycleResult } from "../../finding.ts";
import type { Heartbeat } from "../../protocol/protocol.ts";
import { openHeartbeat, type Session } from "../../session/session_state.ts";

/** How many heartbeats are sent one by one, to see how many are lost. */
export const singleCount = 10;

/** The time from one of them to the next, in ms. */
const pauseMs = 200;

/** Ports of the page to log in, which probably accept TCP connections. */
const webPorts = [80, 443];

/** How long to wait for a TCP connection, in ms; by then the kernel knows of a neighbour that is absent. */
const connectTimeoutMs = 4_000;

/** A cycle, and its datagrams. */
export interface Probe {
  /** What the cycle found out. */
  readonly result: CycleResult;
  /** What it sent, and what came, even after its end. */
  readonly traffic: Traffic;
  /** The other addresses that may answer. */
  readonly replyFrom: readonly string[];
}

/** A probe with other settings than the user's. */
export interface Variant {
  /** The setting that was changed. */
  readonly change: "family" | "port";
  /** The cycle with it. */
  readonly probe: Probe;
}

/** A TCP connection that was tried. */
export interface Contact {
  /** The port that was asked. */
  readonly port: number;
  /** Whether it was accepted, or why not; `null` if nothing came back in time. */
  readonly answer: "accepted" | Fault | null;
  /** How long the answer took, in ms. */
  readonly after: number;
}

/** All that was found out about a session's gateway. */
export interface Examination {
  /** A cycle as `check` makes it. */
  readonly main: Probe;
  /** Heartbeats of one try each; none if no heartbeat can be sent. */
  readonly singles: readonly Probe[];
  /** The cycles with other settings; none unless the main cycle found nobody. */
  readonly variants: readonly Variant[];
  /** TCP connections that were tried; none unless the main cycle heard nothing. */
  readonly contacts: readonly Contact[];
}

/** Makes a cycle and records it; `onHosts` gets the resolver's answer. */
export async function probe(
  session: Session,
  world: AgentWorld,
  onHosts: (answer: readonly string[] | Fault) => void = () => {},
): Promise<Probe> {
  const traffic = record(world, onHosts);
  const result = await oneCycle(session, traffic.world);
  return { result, traffic, replyFrom: session.replyFrom ?? [] };
}

/** The way to a gateway, as the kernel sees it. */
export interface Way {
  /** The way that heartbeats take, or why it is not known. */
  readonly route: Route | Fault;
  /** Why heartbeats may leave by several interfaces; `null` if they leave by one. */
  readonly several: Fault | null;
}

/** Asks the kernel for the way to an address. */
export async function askForWay(
  where: { readonly bind: string | null; readonly peer: string },
  world: Pick<World, "interfaces" | "routes">,
): Promise<Way> {
  const { bind, peer: to } = where;
  const [route, several] = await Promise.all([
    new Promise<Route | Fault>((resolve) =>
      chooseSource({ ...where, silentCycles: 0 }, world, (source) => {
        if (isFault(source)) return resolve(source);
        if (isLoopback(to)) {
          return resolve({ device: "lo", source: null, via: null });
        }
        const question = bind === null ? { to } : { to, from: source };
        world.routes.lookUp(question, resolve);
      })
    ),
    new Promise<Fault | null>((resolve) => askForLines(where, world, resolve)),
  ]);
  return { route, several };
}

/** Finds out more after a first cycle; `hosts` are all addresses of the gateway. */
export async function examine(
  session: Session,
  main: Probe,
  { world, hosts }: {
    readonly world: AgentWorld & Pick<World, "streams">;
    readonly hosts: readonly string[];
  },
): Promise<Examination> {
  const { verdict, address } = main.result;
  const isLeft = verdict !== "unresolved" && verdict !== "unsendable";
  const isLost = verdict === "silent" && main.traffic.heard.length === 0;
  const changed = isLost || verdict === "unsendable"
    ? variantsOf(session, hosts)
    : [];
  const [singles, variants, contacts] = await Promise.all([
    isLeft && address !== null ? askOneByOne(session, address, world) : [],
    Promise.all(changed.map(async ({ change, session }) => ({
      change,
      probe: await probe(session, world),
    }))),
    isLost && address !== null ? contact(address, world) : [],
  ]);
  return { main, singles, variants, contacts };
}

/** The result that counts: the main cycle's, unless it is a fault and a later heartbeat found the session alive. */
export function decisiveResult({ main, singles }: Examination): CycleResult {
  if (classOf(main.result.verdict) !== "fault") return main.result;
  const alive = singles.find(({ result }) => result.verdict === "alive");
  return alive?.result ?? main.result;
}

/** Datagrams from where a probe had sent one to, or from an address in `replyFrom`. */
export function answersTo({ traffic, replyFrom }: Probe): readonly Heard[] {
  return traffic.heard.filter(({ from: { host, port } }) =>
    traffic.sent.some(({ to }) =>
      to.port === port && (to.host === host || replyFrom.includes(host))
    )
  );
}

/** Datagrams from anywhere else. */
export function otherDatagrams(probe: Probe): readonly Heard[] {
  const answers = answersTo(probe);
  return probe.traffic.heard.filter((heard) => !answers.includes(heard));
}

/** Sends single tries, each from a port of its own, to an address that was asked before. */
function askOneByOne(
  session: Session,
  gateway: Endpoint,
  world: AgentWorld,
): Promise<Probe[]> {
  const single: Session = {
    ...session,
    gateway,
    family: "auto",
    tries: 1,
    confirm: 1,
    // A slow answer is an answer, too.
    timeout: 2 * session.timeout,
    readIdentity: null,
  };
  return Promise.all(
    Array.from({ length: singleCount }, async (_, k) => {
      await delay(k * pauseMs, world.clock);
      return await probe(single, world);
    }),
  );
}

/** The same session with other settings. */
function variantsOf(
  session: Session,
  hosts: readonly string[],
): { change: Variant["change"]; session: Session }[] {
  const { gateway, bind, family, protocol: { port } } = session;
  const once: Session = { ...session, confirm: 1, readIdentity: null };
  const first = familyOf(hosts[0] ?? "");
  const hasBoth = hosts.some((host) => familyOf(host) !== first);
  const variants: ReturnType<typeof variantsOf> = [];
  if (family === "auto" && familyOf(bind ?? "") === null && hasBoth) {
    const other = first === "6" ? "4" : "6";
    variants.push({ change: "family", session: { ...once, family: other } });
  }
  if (port !== null && gateway.port !== port) {
    const usual = { ...once, gateway: { ...gateway, port } };
    variants.push({ change: "port", session: usual });
  }
  return variants;
}

/** Tries TCP connections to a port and to those of web pages. */
export function contact(
  { host, port }: Endpoint,
  { clock, streams }: Pick<World, "clock" | "streams">,
): Promise<Contact[]> {
  const ports = [...new Set([port, ...webPorts])];
  const start = clock.now();
  return Promise.all(ports.map((port) =>
    new Promise<Contact>((resolve) => {
      const end = (answer: Contact["answer"]) => {
        stream.close();
        cancel();
        resolve({ port, answer, after: clock.now() - start });
      };
      const stream = streams.open({
        to: { host, port },
        from: null,
        tls: null,
        onConnected: () => end("accepted"),
        onOpen: () => {},
        onBytes: () => {},
        onEnd: () => {},
        onFault: (_, fault) => end(fault),
      });
      const cancel = clock.setTimer(start + connectTimeoutMs, () => end(null));
    })
  ));
}

function delay(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setTimer(clock.now() + ms, resolve));
}

/** The heartbeat of a session that is asked with datagrams. */
export function heartbeatOf(
  session: Parameters<typeof openHeartbeat>[0] & Pick<Session, "identity">,
): Heartbeat {
  return openHeartbeat(session, session.identity) as Heartbeat;
}
