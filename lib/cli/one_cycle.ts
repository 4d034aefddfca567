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
import { createSockets } from "../agent/sockets.ts";

/** Makes one cycle, and resolves to what it found out. */
export function oneCycle(
  session: AgentSession,
  world: AgentWorld,
): Promise<CycleResult> {
  return new Promise((resolve) => {
    const sockets = createSockets(world);
    keepAlive({ ...session, count: 1, giveUpAfter: null }, {
      world,
      sockets,
      onReport(report) {
        if (report.type === "cycle") resolve(report.result);
      },
    });
  });
}
