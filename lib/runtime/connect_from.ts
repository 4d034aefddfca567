/**
 * Stands in for `lib/host/connect_from.ts`.
 *
 * @module
 */
import type { Accepted } from "../host/connection.ts";
import type { Endpoint } from "../world.ts";
import { connectTcp } from "./connections.ts";

/** Connects to an address from another one, which has to be of this machine. Rejects with the system's error. */
export async function connectFrom(
  from: string,
  { host, port }: Endpoint,
  signal: AbortSignal,
): Promise<Accepted> {
  const options = { hostname: host, port, signal };
  const connection = await connectTcp(options, from);
  connection.setNoDelay();
  return { connection, port: connection.localAddr.port };
}
