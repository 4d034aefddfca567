/**
 * A session's heartbeat for once.
 *
 * @module
 */
import {
  type AgentSession,
  type AgentWorld,
  keepAlive,
} from "../agent/agent.ts";
import type { CycleResult } from "../agent/cycle.ts";
import { createSockets, type Sockets } from "../agent/sockets.ts";

/** Makes one cycle, and resolves to what it found out. Cycles that are made at the same time have to share their sockets. */
export function oneCycle(
  session: AgentSession,
  world: AgentWorld,
  sockets: Sockets = createSockets(world),
): Promise<CycleResult> {
  return new Promise((resolve) => {
    keepAlive({ ...session, count: 1, giveUpAfter: null }, {
      world,
      sockets,
      onReport(report) {
        if (report.type === "cycle") resolve(report.result);
      },
    });
  });
}
