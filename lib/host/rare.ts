/**
 * The code that `at_need.ts` loads, in one piece.
 *
 * @module
 */
export { lockFile } from "./locks.ts";
export { createLogFiles } from "./log_files.ts";
export { createReplacer } from "./replace.ts";
export { createRoutes } from "./routes.ts";
