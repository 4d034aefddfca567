/**
 * Stands in for `lib/host/texts.ts`: there is no HTTP server in the static build.
 *
 * @module
 */
import {
  absentCode,
  type Endpoint,
  type Fault,
  type TextServers,
} from "../world.ts";

/** Refuses to serve a text. */
export function serveText(
  _at: Endpoint,
  _options: Parameters<TextServers["serve"]>[1],
): Promise<Fault> {
  return Promise.resolve({
    code: absentCode,
    message: "this build has no server, expected metrics_file, for a collector",
  });
}
