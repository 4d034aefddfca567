/**
 * The program for tests on virtual time, which does not wait for what is loaded
 * at need: all commands are here before.
 *
 * @module
 */
import "./commands.ts";
import "../run/check_memory.ts";

export { app } from "../app.ts";
