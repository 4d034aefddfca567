/**
 * The compared clients that keep a session alive.
 *
 * @module
 */
import { keepAlive } from "../../../lib/session/agent.ts";
import { createSockets } from "../../../lib/probe/datagram/sockets.ts";
import { resolve } from "../../../lib/config/layers.ts";
import { sessionSettings } from "../../../lib/config/settings.ts";
import { srun } from "../../../lib/protocol/srun.ts";
import { seededRandom } from "../../../lib/random.ts";
import { noStream, type Session } from "../../../lib/session/session_state.ts";
import type { Clock, Datagrams, Endpoint } from "../../../lib/world.ts";
import { noRoutes } from "../../../lib/testing/fake_routes.ts";
import { noStreams } from "../../../lib/testing/fake_streams.ts";

/** Where the gateway is. */
export const gateway: Endpoint = { host: "192.0.2.1", port: 3335 };

/** The session's UID. */
export const uid = 77n;

/** The interfaces of a policy. */
export interface PolicyWorld {
  /** The clock. */
  readonly clock: Clock;
  /** The network. */
  readonly datagrams: Datagrams;
  /** Receives the result of each cycle. */
  readonly onCycle: (alive: boolean) => void;
  /** Is called when the session is dead. Nothing may follow. */
  readonly onDead: () => void;
}

/** Starts to keep a session alive. */
export type Policy = (world: PolicyWorld) => void;

/** lifesign's own engine with its default settings. */
export function lifesign(
  { clock, datagrams, onCycle, onDead }: PolicyWorld,
): void {
  const world = {
    clock,
    datagrams,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    streams: noStreams,
    names: { lookUp: () => {} },
    // Of its own: however often it asks, the same packets are lost.
    random: seededRandom(1),
  };
  const session: Session = {
    ...defaults,
    ...noStream,
    name: "default",
    protocol: srun,
    values: { ...defaults },
    gateway,
    identity: `${uid}`,
    readIdentity: null,
  };
  keepAlive(session, {
    world,
    sockets: createSockets(world),
    onReport(report) {
      if (report.type === "cycle") onCycle(report.result.verdict === "alive");
      if (report.type === "ended") onDead();
    },
  });
}

const defaults = defaultSettings();

function defaultSettings() {
  const resolved = resolve(sessionSettings, []);
  if ("settings" in resolved) return resolved.settings;
  throw new Error(resolved.findings.map(({ message }) => message).join("\n"));
}
