/**
 * What stands in for Deno in the static build.
 *
 * @module
 */
import { connect, listen } from "./connections.ts";
import { listenDatagram } from "./datagrams.ts";
import { errors } from "./errors.ts";
import {
  lstatSync,
  openSync,
  readDir,
  removeSync,
  renameSync,
  statSync,
} from "./files.ts";
import { native } from "./native.ts";
import type { Offered } from "./offered.ts";
import {
  addSignalListener,
  Command,
  kill,
  removeSignalListener,
} from "./processes.ts";
import { stderr, stdin, stdout } from "./standard_streams.ts";

/** Makes a function that works at once look as if it took time. */
function later<Args extends unknown[], Result>(
  work: (...args: Args) => Result,
): (...args: Args) => Promise<Result> {
  return async (...args) => await work(...args);
}

/** Whether a text of the system was UTF-8: its other bytes are lone surrogates. */
function isUtf8(text: string): boolean {
  return text.isWellFormed();
}

function variable(name: string): string | undefined {
  const value = native.variable(name);
  if (value !== undefined && !isUtf8(value)) {
    throw new errors.InvalidData(`The value of ${name} is no UTF-8`);
  }
  return value;
}

/** All variables that are UTF-8. */
function variables(): Record<string, string> {
  const texts = native.variables().filter(isUtf8);
  const entries = texts.map((text) => {
    const end = text.indexOf("=");
    return [text.slice(0, end), text.slice(end + 1)] as const;
  });
  return Object.fromEntries(entries);
}

/** As much of Deno as `lib/host/` uses. */
export const deno: Offered = {
  args: native.args,
  pid: native.pid,
  noColor: Boolean(native.variable("NO_COLOR")),
  build: { target: native.target },
  errors,
  SeekMode: { Start: 0, End: 2 },
  stdin,
  stdout,
  stderr,
  env: { get: variable, toObject: variables },
  Command,
  exit: (code = 0) => native.exit(code),
  execPath: native.executable,
  osUptime: native.uptime,
  uid: () => native.uid,
  consoleSize() {
    const [columns, rows] = native.windowSize();
    return { columns, rows };
  },
  kill,
  addSignalListener,
  removeSignalListener,
  networkInterfaces: () =>
    native.interfaces().map(([name, address, prefix]) => ({
      name,
      address,
      cidr: `${address}/${prefix}`,
    })),
  listenDatagram,
  connect,
  listen,
  open: later(openSync),
  openSync,
  stat: later(statSync),
  statSync,
  lstat: later(lstatSync),
  lstatSync,
  readLink: later(native.readLink),
  readDir,
  rename: later(renameSync),
  remove: later(removeSync),
  removeSync,
};
