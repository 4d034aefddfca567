/**
 * Runs experiments in parallel on all processors.
 *
 * @module
 */
import type { Experiment, Figures } from "./experiment.ts";

/** Runs experiments; resolves to their figures in the same order. */
export async function figuresOfAll(
  experiments: readonly Experiment[],
): Promise<Figures[]> {
  const figures: Figures[] = [];
  // The workers share it, so that each takes the next one that is left.
  const queue = experiments.entries();
  const count = Math.min(navigator.hardwareConcurrency, experiments.length);
  await Promise.all(Array.from({ length: count }, async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
    });
    for (const [k, experiment] of queue) {
      figures[k] = await answer(worker, experiment);
    }
    worker.terminate();
  }));
  return figures;
}

/** An error in a worker ends the whole process. */
function answer(worker: Worker, experiment: Experiment): Promise<Figures> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(experiment);
  });
}
