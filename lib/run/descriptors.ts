/**
 * Whether many sessions have room in one process.
 *
 * @module
 */
import { seriesTime } from "../tries.ts";
import type { Mistake } from "../errors.ts";
import type { World } from "../world.ts";
import type { OpenSession } from "./sessions.ts";

/** Descriptors for files, look-ups and hooks. */
const otherDescriptors = 16;

/** Up to this many sessions fit anywhere. */
const mostUnchecked = 10;

/**
 * How many descriptors sessions need: one for each cycle that is under way when no
 * gateway answers, and some for the rest. Lingering sockets are closed if needed.
 */
export function descriptorsFor(
  sessions: readonly Pick<
    OpenSession,
    "interval" | "timeout" | "tries" | "protocol"
  >[],
): number {
  const underWay = sessions.reduce((sum, session) => {
    const { interval, timeout, tries, protocol } = session;
    // The connections of a stream's cycle may all be open, and go on listening.
    return sum +
      (protocol.carrier === "stream"
        ? tries + 1
        : seriesTime({ timeout, tries }) / interval);
  }, 0);
  return Math.ceil(underWay) + otherDescriptors;
}

/** Tells if there are fewer descriptors than sessions need. */
export function checkDescriptors(
  sessions: readonly OpenSession[],
  { descriptors }: Pick<World, "descriptors">,
): Mistake[] {
  if (sessions.length <= mostUnchecked) return [];
  const needed = descriptorsFor(sessions);
  const free = descriptors.free(needed);
  if (free === needed) return [];
  const message =
    `lifesign: Cannot keep ${sessions.length} sessions alive with ${free} descriptors: they need ${needed} besides those in use, e.g. by \`ulimit -n ${
      roundUp(2 * needed)
    }\` or LimitNOFILE=${roundUp(2 * needed)} in the unit`;
  return [{ kind: "config", message }];
}

/** A number that people would choose. */
function roundUp(number: number): number {
  return 2 ** Math.ceil(Math.log2(number));
}
