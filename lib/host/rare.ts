/**
 * What most heartbeats have no use for, in one piece: it is loaded with the
 * first file that is written and the first question for a route.
 *
 * @module
 */
export { lockFile } from "./locks.ts";
export { createLogFiles } from "./log_files.ts";
export { createReplacer } from "./replace.ts";
export { createRoutes } from "./routes.ts";
