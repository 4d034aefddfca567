/**
 * The bytes of ZMTP 3 (RFC 23 and 37): greetings, frames, and the commands in
 * them. Bytes are text here, a character a byte.
 *
 * @module
 */

/** The longest command that is kept, in bytes. */
const longestCommand = 64 * 1024;

/** The beginning of a greeting, by which a peer shows its own. */
export const greetingStart = "\xff\0\0\0\0\0\0\0\x01\x7f\x03";

/** The rest of a greeting of ZMTP 3.1 without credentials. */
export const nullGreetingRest: string = "\x01NULL".padEnd(53, "\0");

/** A greeting. */
export interface Greeting {
  /** How the peer wants to be convinced, such as `NULL` or `CURVE`. */
  readonly mechanism: string;
  /** Whether it speaks ZMTP 3.0, which has no PING. */
  readonly isOld: boolean;
  /** What follows on it. */
  readonly rest: string;
}

/** Reads a greeting: `null` if more is needed, or what is wrong with it. */
export function readGreeting(text: string): Greeting | string | null {
  if (!/^(?:$|\xff(?:.{0,8}$|.{8}\x7f))/s.test(text)) {
    return "does not speak ZMTP";
  }
  if (text.charCodeAt(10) < 3) return "speaks ZMTP 2 or older";
  if (text.length < 64) return null;
  const [, mechanism] = /^([A-Z\d._+-]+)\0*$/.exec(text.slice(12, 32)) ?? [];
  if (mechanism === undefined) return "names no valid mechanism";
  const isOld = text.startsWith("\x03\0", 10);
  return { mechanism, isOld, rest: text.slice(64) };
}

/** A command. */
export interface Command {
  /** Its name, such as `READY`; empty for one that has no valid name. */
  readonly name: string;
  /** What follows its name. */
  readonly body: string;
}

/** A frame. */
export interface Frame {
  /** Its command; `null` for a message, and for a command of more than 64 KiB. */
  readonly command: Command | null;
  /** What follows on it. */
  readonly rest: string;
  /** How many of its bytes are still to come, and to be skipped. */
  readonly skip: number;
}

/** Reads the frame that a text begins with: `null` if more is needed, or what is wrong with it. */
export function readFrame(text: string): Frame | string | null {
  if (text === "") return null;
  const flags = text.charCodeAt(0);
  if (flags > 6 || flags === 5) return "sent a frame of no known kind";
  const size = (flags & 2) === 0 ? 2 : 9;
  if (text.length < size) return null;
  const length = numberOf(text.slice(1, size));
  if (length >= 2 ** 63) return "sent a frame of no valid length";
  const end = size + length;
  const skip = Math.max(0, end - text.length);
  const rest = text.slice(end);
  if (flags < 4 || length > longestCommand) {
    return { command: null, rest, skip };
  }
  if (skip > 0) return null;
  const [name, body] = readShort(text.slice(size, end)) ?? ["", ""];
  return { command: { name, body }, rest, skip };
}

/** Makes the frame of a command, which has 255 bytes at most. */
export function formatCommand({ name, body }: Command): string {
  return `\x04${formatShort(formatShort(name) + body)}`;
}

/** Makes the READY of a socket. */
export function formatReady(type: string): string {
  const body = `${formatShort("Socket-Type")}\0\0\0${formatShort(type)}`;
  return formatCommand({ name: "READY", body });
}

/** Makes a PING without a time to live. */
export function formatPing(context: string): string {
  return formatCommand({ name: "PING", body: `\0\0${context}` });
}

/** The type of the socket that sent the body of a READY: empty if it tells none, `null` if it can't be read. */
export function socketTypeOf(body: string): string | null {
  let type = "";
  let rest = body;
  while (rest !== "") {
    const [name, property] = readShort(rest) ?? [];
    if (name === undefined || property === undefined) return null;
    const end = 4 + numberOf(property.slice(0, 4));
    if (property.length < end) return null;
    if (name.toLowerCase() === "socket-type") type = property.slice(4, end);
    rest = property.slice(end);
  }
  return type;
}

/** Reads a text behind a byte with its length, and what follows; `null` if it is not complete. */
export function readShort(text: string): [short: string, rest: string] | null {
  const end = 1 + text.charCodeAt(0);
  return end <= text.length ? [text.slice(1, end), text.slice(end)] : null;
}

function formatShort(text: string): string {
  return String.fromCharCode(text.length) + text;
}

function numberOf(text: string): number {
  return [...text].reduce((sum, byte) => sum * 256 + byte.charCodeAt(0), 0);
}
