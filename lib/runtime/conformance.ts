/**
 * Asks the compiler whether Deno fits what the static build offers of it: what
 * `lib/host/` does with the one it can do with the other.
 *
 * @module
 */
import type {
  Conn,
  ConnectOptions,
  Globals,
  Offered,
  TcpConn,
} from "./offered.ts";

/** All of Deno but what takes a signal: such a parameter fits only in the other direction. */
export const deno: Omit<Offered, "connect"> = Deno;

/** The same of connecting. */
export const connect: {
  (
    options: Omit<ConnectOptions, "signal"> & { signal?: AbortSignal },
  ): Promise<TcpConn>;
  (options: { transport: "unix"; path: string }): Promise<Conn>;
} = Deno.connect;

/** What else Deno has, but for the number of a timer, which is an object in newer versions. */
export const globals: Omit<Globals, "process" | "setTimeout"> = globalThis;
