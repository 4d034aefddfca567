/**
 * The global names of the web that lifesign uses.
 *
 * @module
 */
import { native } from "./native.ts";
import type { AbortController, AbortSignal, Globals } from "./offered.ts";
import { TextDecoder, TextDecoderStream, TextEncoder } from "./text.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

class Signal implements AbortSignal {
  aborted = false;
  reason: unknown;
  private readonly listeners = new Set<() => void>();

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.listeners.delete(listener);
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...this.listeners]) listener();
  }
}

class Controller implements AbortController {
  readonly signal: Signal = new Signal();

  abort(reason: unknown = new Error("The signal has been aborted")): void {
    this.signal.abort(reason);
  }
}

/** As much of a URL as is used: it writes an IPv6 address in the usual way. */
class AddressUrl {
  readonly hostname: string;

  constructor(text: string) {
    const [, address = ""] = /^http:\/\/\[([^\]%]*)\]\/$/.exec(text) ?? [];
    const bytes = native.addressBytes(address);
    if (bytes?.byteLength !== 16) throw new TypeError(`Invalid URL: '${text}'`);
    this.hostname = `[${formatAddress(new DataView(bytes))}]`;
  }
}

/** Writes an IPv6 address as RFC 5952 does. */
function formatAddress(bytes: DataView): string {
  const words = Array.from(
    { length: 8 },
    (_, at) => bytes.getUint16(2 * at).toString(16),
  );
  let longest = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (words[at + length] === "0") length++;
    if (length > longest.length) longest = { at, length };
  }
  if (longest.length === 1) return words.join(":");
  const head = words.slice(0, longest.at).join(":");
  const tail = words.slice(longest.at + longest.length).join(":");
  return `${head}::${tail}`;
}

function randomUUID(): string {
  const bytes = new Uint8Array(16);
  native.random(bytes);
  bytes[6] = bytes[6]! & 0x0f | 0x40;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  const hex = Array.from(bytes, (it) => it.toString(16).padStart(2, "0"));
  return hex.join("").replace(
    /^(.{8})(.{4})(.{4})(.{4})/,
    "$1-$2-$3-$4-",
  );
}

type Listener = (
  event: { error: unknown; reason: unknown; preventDefault(): void },
) => void;

const listeners: Record<"error" | "unhandledrejection", Listener[]> = {
  error: [],
  unhandledrejection: [],
};

/** Tells what nobody has caught to those who listen; without one of them the process ends with 1. */
export function onFault(error: unknown, isRejection: boolean): void {
  let isPrevented = false;
  const preventDefault = () => isPrevented = true;
  const event = { error, reason: error, preventDefault };
  const kind = isRejection ? "unhandledrejection" : "error";
  for (const listener of listeners[kind]) listener(event);
  if (isPrevented) return;
  const { stack = "" } = error instanceof Error ? error : {};
  print(2, `error: Uncaught ${error}\n${stack}`);
  native.exit(1);
}

function print(fd: number, ...words: unknown[]): void {
  const bytes = new TextEncoder().encode(`${words.join(" ")}\n`);
  try {
    native.write(fd, bytes, 0);
  } catch {
    // Nobody reads it.
  }
}

/** The zone's name as the system has it, for what reads dates to people. */
class ZoneFormat {
  resolvedOptions(): { timeZone?: string } {
    const given = native.variable("TZ")?.replace(/^:/, "") ?? "";
    if (given !== "") return zoneOf(given);
    try {
      const target = native.readLink("/etc/localtime");
      return zoneOf(target.replace(/^.*zoneinfo\//, ""));
    } catch {
      return {};
    }
  }
}

/** A zone by its name; a rule such as `CET-1CEST` has none. */
function zoneOf(name: string): { timeZone?: string } {
  return /^[A-Za-z_]+(\/[\w+-]+)*$/.test(name) ? { timeZone: name } : {};
}

/** The names. */
export const globals: Omit<Globals, "process"> = {
  AbortController: Controller,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  URL: AddressUrl,
  performance: { now: native.now },
  crypto: { randomUUID },
  setTimeout,
  clearTimeout,
  queueMicrotask: (callback) => void Promise.resolve().then(callback),
  addEventListener: (kind: keyof typeof listeners, listener: unknown) => {
    listeners[kind].push(listener as Listener);
  },
};

/** Names that `Globals` does not have: libraries use them, and `lib/host/clock.ts` uses `Intl`. */
export const others = {
  Intl: { DateTimeFormat: ZoneFormat },
  console: {
    log: (...words: unknown[]) => print(1, ...words),
    info: (...words: unknown[]) => print(1, ...words),
    debug: (...words: unknown[]) => print(1, ...words),
    warn: (...words: unknown[]) => print(2, ...words),
    error: (...words: unknown[]) => print(2, ...words),
  },
};
