/**
 * Listening for connections on `Deno.listen`.
 *
 * @module
 */
import { formatAddress } from "../parsers.ts";
import type { Endpoint, Fault, ListenOptions } from "../world.ts";
import type { StreamListener, StreamReceiver } from "../world.ts";
import { delay } from "./delay.ts";
import { codeOf, networkFault } from "./os_error.ts";
import type { HostStreams } from "./streams.ts";

/** The pause before accepting again where there are no descriptors left, in ms. */
const pauseMs = 100;

/** What is wrong and what to do about it; `%` stands for the local address. */
const sentences: Readonly<Record<string, string>> = {
  EADDRINUSE: "% is taken: `ss -tlnp` shows who has it",
  EACCES: "% is not permitted: a port below 1024 is for root alone",
};

/** Listens; returns a fault if it can't. */
export function listen(
  { at, onConnection }: ListenOptions,
  streams: Pick<HostStreams, "adopt">,
): StreamListener | Fault {
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname: at.host, port: at.port });
  } catch (error) {
    return faultOf(error, at);
  }
  let isOpen = true;
  accept();
  return {
    address: endpointOf(listener.addr),
    close() {
      if (!isOpen) return;
      isOpen = false;
      listener.close();
    },
  };

  async function accept(): Promise<void> {
    while (isOpen) {
      const connection = await listener.accept().catch(() => null);
      if (connection !== null) take(connection);
      else if (isOpen) await delay(pauseMs);
    }
  }

  function take(connection: Deno.TcpConn): void {
    if (!isOpen) return connection.close();
    try {
      connection.setNoDelay();
    } catch {
      // It is slower then.
    }
    const peer = endpointOf(connection.remoteAddr);
    const receiver: StreamReceiver = onConnection(
      streams.adopt(connection, peer, {
        onBytes: (bytes) => receiver.onBytes(bytes),
        onEnd: () => receiver.onEnd(),
        get onPeerEnd() {
          return receiver.onPeerEnd;
        },
      }),
      peer,
    );
  }
}

function endpointOf({ hostname, port }: Deno.NetAddr): Endpoint {
  return { host: hostname, port };
}

function faultOf(error: unknown, at: Endpoint): Fault {
  const code = codeOf(error);
  const sentence = sentences[code]?.replaceAll("%", formatAddress(at));
  return sentence === undefined
    ? networkFault(error, at.host)
    : { code, message: sentence };
}
