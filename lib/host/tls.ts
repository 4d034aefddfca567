/**
 * TLS on connections that are there already.
 *
 * @module
 */
import type { StreamOrder } from "../world.ts";
import { relayAtNeed } from "./at_need.ts";
import type { Secure } from "./connection.ts";

/**
 * Makes what secures connections. The runtime keeps the descriptor of a
 * handshake until the server answers or goes, even if it is closed before. So a
 * server that has left a handshake unanswered is asked through a relay, which
 * can be cut, until it answers again.
 */
export function createSecure(): Secure {
  const silent = new Set<string>();
  return async (accepted, to, tls) => {
    const server = `${to.host} ${to.port}`;
    const relay = silent.has(server)
      ? await relayAtNeed(accepted).catch(() => null)
      : null;
    const carrier = relay?.near ?? accepted;
    // The kernel finds out in two hours that a silent server is gone.
    carrier.setKeepAlive();
    const secured = await begin(carrier, tls).catch((error) => {
      relay?.cut();
      throw error;
    });
    let isOver = false;
    return {
      connection: {
        async read(buffer) {
          const length = await secured.read(buffer).catch(endIfCutOff);
          if (length === null && relay?.failure) throw relay.failure;
          return length;
        },
        write: (bytes) => secured.write(bytes),
        close() {
          if (!isOver) {
            silent.add(server);
            relay?.cut();
          }
          isOver = true;
          secured.close();
        },
      },
      async shake() {
        try {
          await secured.handshake();
        } catch (error) {
          throw relay?.failure ?? error;
        } finally {
          if (!isOver) silent.delete(server);
          isOver = true;
        }
      },
    };
  };
}

async function begin(
  carrier: Deno.TcpConn,
  { name, authorities }: NonNullable<StreamOrder["tls"]>,
): Promise<Deno.TlsConn> {
  try {
    const caCerts = [...authorities];
    return await Deno.startTls(carrier, { hostname: name, caCerts });
  } catch (error) {
    try {
      carrier.close();
    } catch {
      // It was closed with an authority that could not be read.
    }
    throw error;
  }
}

/** Many servers end their stream without a word of TLS. */
function endIfCutOff(error: unknown): null {
  if (error instanceof Deno.errors.UnexpectedEof) return null;
  throw error;
}
