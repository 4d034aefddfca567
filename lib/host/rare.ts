/**
 * The code that `at_need.ts` loads, in one piece.
 *
 * @module
 */
export { build } from "./build.ts";
export { connectFrom } from "./connect_from.ts";
export { lockFile } from "./locks.ts";
export { createLogFiles } from "./log_files.ts";
export { relay } from "./relay.ts";
export { createReplacer } from "./replace.ts";
export { createRoutes } from "./routes.ts";
