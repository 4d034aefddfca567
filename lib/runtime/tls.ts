/**
 * Stands in for `lib/host/tls.ts`: there is no TLS in the static build. Settings
 * that need it are refused before they come here.
 *
 * @module
 */
import type { Secure } from "../host/connection.ts";
import { absentCode } from "../world.ts";

/** Makes what secures connections: it refuses. */
export function createSecure(): Secure {
  return async (connection) => {
    await connection.close();
    const message = "this build has no TLS";
    throw Object.assign(new Error(message), { code: absentCode });
  };
}
