/**
 * What a doctor does to find out: heartbeats as `check` sends them, some more
 * to see how many are lost, and, if nothing comes back, other ways to ask.
 *
 * @module
 */
import { familyOf, isLoopback } from "../../address.ts";
import type { AgentWorld } from "../../session/agent.ts";
import {
  askForLines,
  chooseSource,
} from "../../probe/datagram/source_address.ts";
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
import { type Heard, observe, type Traffic } from "./observer.ts";
import type { CycleResult } from "../../finding.ts";
import type { Session } from "../../session/session_state.ts";

/** How many heartbeats are sent one by one, to see how many are lost. */
export const singles = 10;

/** The time from one of them to the next, in ms. */
const pace = 200;

/** The ports of which one is likely to answer a TCP connection: that of the heartbeat, and those of the page to log in. */
const webPorts = [80, 443];

/** How long TCP connections are waited for, in ms: so long that a neighbour who does not answer is known to be absent. */
const connectTimeoutMs = 4_000;

/** A cycle, and what was to be seen meanwhile. */
export interface Probe {
  /** What the cycle found out. */
  readonly result: CycleResult;
  /** What it sent and what came, also after its end. */
  readonly traffic: Traffic;
  /** The other addresses that may answer. */
  readonly replyFrom: readonly string[];
}

/** A probe with other settings than the user's. */
export interface Variant {
  /** The setting that was changed. */
  readonly change: "family" | "port";
  /** What came of it. */
  readonly probe: Probe;
}

/** What became of a TCP connection. */
export interface Contact {
  /** The port that was asked. */
  readonly port: number;
  /** The local address it had, why there was none, or `null` if nothing came back in time. */
  readonly answer: Endpoint | Fault | null;
  /** How long the answer took, in ms. */
  readonly after: number;
}

/** All that was found out about a session's gateway. */
export interface Examination {
  /** A cycle as `check` makes it. */
  readonly main: Probe;
  /** Heartbeats of one try each; none if none could be sent or the cycle already told enough. */
  readonly singles: readonly Probe[];
  /** Other settings that were tried; none unless the cycle found nobody. */
  readonly variants: readonly Variant[];
  /** TCP connections that were tried; none unless the cycle was silent. */
  readonly contacts: readonly Contact[];
}

/** What an examination needs of the outside. */
export type ExaminationWorld = AgentWorld & Pick<World, "connections">;

/** Makes a cycle and watches it; `onHosts` is told what the resolver answers. */
export async function probe(
  session: Session,
  world: AgentWorld,
  onHosts: (answer: readonly string[] | Fault) => void = () => {},
): Promise<Probe> {
  const observer = observe(world, onHosts);
  const result = await oneCycle(session, observer.world);
  return { result, traffic: observer, replyFrom: session.replyFrom ?? [] };
}

/** The way to a gateway, in the kernel's words. */
export interface Way {
  /** The way that heartbeats take, or why that is not known. */
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

/** Finds out what else there is to know after a first cycle; `hosts` are all addresses of the gateway. */
export async function examine(
  session: Session,
  main: Probe,
  { world, hosts }: {
    readonly world: ExaminationWorld;
    readonly hosts: readonly string[];
  },
): Promise<Examination> {
  const { verdict, address } = main.result;
  const isLeft = verdict !== "unresolved" && verdict !== "unsendable";
  const isLost = verdict === "silent" && main.traffic.heard.length === 0;
  const changed = isLost || verdict === "unsendable"
    ? variantsOf(session, hosts)
    : [];
  const [single, variants, contacts] = await Promise.all([
    isLeft && address !== null ? askOneByOne(session, address, world) : [],
    Promise.all(changed.map(async ({ change, session }) => ({
      change,
      probe: await probe(session, world),
    }))),
    isLost && address !== null ? connect(address, world) : [],
  ]);
  return { main, singles: single, variants, contacts };
}

/** The cycle that tells most of the session: the first one, unless it found nobody and a later heartbeat was answered by a living session. */
export function decisive({ main, singles }: Examination): CycleResult {
  if (classOf(main.result.verdict) !== "fault") return main.result;
  const alive = singles.find(({ result }) => result.verdict === "alive");
  return alive?.result ?? main.result;
}

/** Datagrams that came from where a probe had sent one to, or from who may answer instead. */
export function answersTo({ traffic, replyFrom }: Probe): readonly Heard[] {
  return traffic.heard.filter(({ from: { host, port } }) =>
    traffic.sent.some(({ to }) =>
      to.port === port && (to.host === host || replyFrom.includes(host))
    )
  );
}

/** Datagrams that came from elsewhere. */
export function straysTo(probe: Probe): readonly Heard[] {
  const answers = answersTo(probe);
  return probe.traffic.heard.filter((heard) => !answers.includes(heard));
}

/** One try each, from a port of its own, to an address that was asked before. */
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
    Array.from({ length: singles }, async (_, k) => {
      await delay(k * pace, world.clock);
      return await probe(single, world);
    }),
  );
}

/** The same session asked in other ways. */
function variantsOf(
  session: Session,
  hosts: readonly string[],
): { change: Variant["change"]; session: Session }[] {
  const { gateway, bind, family, protocol } = session;
  const once = { ...session, confirm: 1, readIdentity: null };
  const first = familyOf(hosts[0] ?? "");
  const hasBoth = hosts.some((host) => familyOf(host) !== first);
  const other = first === "6" ? "4" : "6";
  return [
    ...family === "auto" && familyOf(bind ?? "") === null && hasBoth
      ? [{
        change: "family" as const,
        session: { ...once, family: other as "4" | "6" },
      }]
      : [],
    ...gateway.port === protocol.port ? [] : [{
      change: "port" as const,
      session: { ...once, gateway: { ...gateway, port: protocol.port } },
    }],
  ];
}

function connect(
  { host, port }: Endpoint,
  { clock, connections }: Pick<World, "clock" | "connections">,
): Promise<Contact[]> {
  const ports = [...new Set([port, ...webPorts])];
  const start = clock.now();
  return Promise.all(ports.map((port) =>
    new Promise<Contact>((resolve) => {
      const end = (answer: Contact["answer"]) =>
        resolve({ port, answer, after: clock.now() - start });
      const cancel = clock.setTimer(start + connectTimeoutMs, () => end(null));
      connections.attempt({ host, port }, (answer) => {
        cancel();
        end(answer);
      });
    })
  ));
}

function delay(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setTimer(clock.now() + ms, resolve));
}
