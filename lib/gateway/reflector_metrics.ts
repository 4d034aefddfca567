/**
 * A reflector's counters in Prometheus' text format.
 *
 * @module
 */
import { type Reflection, reflections } from "./reflector.ts";

/** How many datagrams there were, by what became of them. */
export type ReflectionCounts = Record<Reflection, number>;

/** Counters at their start. */
export function noReflections(): ReflectionCounts {
  const counts = reflections.map((reflection) => [reflection, 0]);
  return Object.fromEntries(counts) as ReflectionCounts;
}

/** Writes them. */
export function* formatReflections(
  version: string,
  counts: ReflectionCounts,
): Iterable<string> {
  yield `# HELP lifesign_build_info The version of lifesign.
# TYPE lifesign_build_info gauge
lifesign_build_info{version="${version}"} 1
# HELP lifesign_reflector_datagrams_total Datagrams by what became of them: alive are those that were answered.
# TYPE lifesign_reflector_datagrams_total counter
`;
  for (const reflection of reflections) {
    yield `lifesign_reflector_datagrams_total{action="${reflection}"} ${
      counts[reflection]
    }\n`;
  }
}
