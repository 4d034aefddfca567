/**
 * The errors of Deno.
 *
 * @module
 */
import type { ErrorClass } from "./offered.ts";

/** The names of the classes. */
export const errorNames = [
  "AddrInUse",
  "AddrNotAvailable",
  "AlreadyExists",
  "BadResource",
  "BrokenPipe",
  "ConnectionAborted",
  "ConnectionRefused",
  "ConnectionReset",
  "Interrupted",
  "InvalidData",
  "NetworkUnreachable",
  "NotCapable",
  "NotFound",
  "PermissionDenied",
  "TimedOut",
  "UnexpectedEof",
  "WouldBlock",
] as const;

/** The name of a class. */
export type ErrorName = typeof errorNames[number];

/** The classes. */
export const errors = Object.fromEntries(
  errorNames.map((name) => [name, errorClass(name)]),
) as Record<ErrorName, ErrorClass>;

function errorClass(name: ErrorName): ErrorClass {
  return class extends Error {
    override readonly name = name;
  };
}

/** The class of each of the system's errors; the others are an `Error`. */
const classOf: Readonly<Record<string, ErrorName>> = {
  EACCES: "PermissionDenied",
  EADDRINUSE: "AddrInUse",
  EADDRNOTAVAIL: "AddrNotAvailable",
  EAGAIN: "WouldBlock",
  ECONNABORTED: "ConnectionAborted",
  ECONNREFUSED: "ConnectionRefused",
  ECONNRESET: "ConnectionReset",
  EEXIST: "AlreadyExists",
  EINTR: "Interrupted",
  ENETUNREACH: "NetworkUnreachable",
  ENOENT: "NotFound",
  EPERM: "PermissionDenied",
  EPIPE: "BrokenPipe",
  ETIMEDOUT: "TimedOut",
};

/** Makes one of the system's errors. */
export function systemError(
  code: string,
  number: number,
  text: string,
): Error {
  const name = classOf[code];
  const Class = name === undefined ? Error : errors[name];
  return Object.assign(new Class(`${text} (os error ${number})`), { code });
}

/** The error of something that was closed. */
export function closed(): Error {
  return new errors.BadResource("Bad resource ID");
}
