/**
 * One cycle of a session.
 *
 * @module
 */
import {
  type AgentOptions,
  type AgentWorld,
  keepAlive,
} from "../session/agent.ts";
import { createSockets, type Sockets } from "../probe/datagram/sockets.ts";
import type { CycleResult } from "../finding.ts";
import type { Session } from "../session/session_state.ts";

/** How to make a cycle. */
export interface OneCycleOptions
  extends Pick<AgentOptions, "resolution" | "onLocated"> {
  /** Sockets that cycles at the same time share; its own ones if absent. */
  readonly sockets?: Sockets;
}

/** Makes one cycle, and resolves to what it found out. */
export function oneCycle(
  session: Session,
  world: AgentWorld,
  { sockets = createSockets(world), ...options }: OneCycleOptions = {},
): Promise<CycleResult> {
  return new Promise((resolve) => {
    keepAlive({ ...session, count: 1, giveUpAfter: null }, {
      world,
      sockets,
      ...options,
      onReport(report) {
        if (report.type === "cycle") resolve(report.result);
      },
    });
  });
}
