/**
 * A worker that answers each experiment with its figures.
 *
 * @module
 */
import { type Experiment, figuresOf } from "./experiment.ts";

// The types of a worker's own scope would displace those of all other modules.
const scope = globalThis as unknown as Pick<
  Worker,
  "onmessage" | "postMessage"
>;

scope.onmessage = ({ data }: MessageEvent<Experiment>) =>
  scope.postMessage(figuresOf(data));
