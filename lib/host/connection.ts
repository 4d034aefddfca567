/**
 * What streams need of a connection, whatever makes it.
 *
 * @module
 */
import type { Endpoint, StreamOrder } from "../world.ts";

/** A connection that bytes can go through. A `Deno.Conn` is one. */
export interface Connection {
  /** Waits for bytes, and tells how many came; `null` once the peer has ended its stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Sends some of the bytes, at least one, and tells how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes it, once. */
  close(): void;
}

/** A connection that the peer's kernel has accepted. */
export interface Accepted {
  /** What bytes go through. */
  readonly connection: Connection;
  /** The local port; 0 where there is none. */
  readonly port: number;
}

/** A handshake that has begun. */
export interface Handshake {
  /** What it makes, to be closed in any case. */
  readonly connection: Connection;
  /** Resolves once the server has proven its name. */
  shake(): Promise<void>;
}

/** Begins a handshake on a connection, which is closed if that can't be done. */
export type Secure = (
  accepted: Deno.TcpConn,
  to: Endpoint,
  tls: NonNullable<StreamOrder["tls"]>,
) => Promise<Handshake>;
