/**
 * Installs the global names that the program expects. It is run before the
 * program is loaded.
 *
 * @module
 */
import { deno } from "./deno.ts";
import { systemError } from "./errors.ts";
import { native } from "./native.ts";
import { kill, onEnd, onSignal } from "./processes.ts";
import { tick } from "./timers.ts";
import { globals, onFault, others } from "./web.ts";

native.handlers(systemError, tick, onSignal, onEnd, onFault);
native.listenToSignal(native.signals.SIGCHLD, true);

const process = {
  kill(pid: number, signal?: string | number): boolean {
    kill(pid, signal);
    return true;
  },
};
Object.assign(globalThis, globals, others, { Deno: deno, process });
