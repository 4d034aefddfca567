/**
 * Messages to the service manager (sd_notify): datagrams to its socket.
 *
 * @module
 */
import type { Notifications, Notifier } from "../world.ts";
import { faultOf } from "./os_error.ts";

/** The file of our socket, while it exists. */
const ownName = "lifesign-notify";

/** Service managers, and how to end the connections. */
export interface HostNotifications extends Notifications {
  /** Resolves when all messages are delivered or dropped; never if nobody listens. */
  flush(): Promise<void>;
  /** Closes the sockets. Nothing may be sent afterwards. */
  close(): void;
}

/** The service managers of this machine. */
export function createNotifications(): HostNotifications {
  const queues: ReturnType<typeof createQueue>[] = [];
  const sockets: Deno.DatagramConn[] = [];
  let isOpen = true;
  return {
    open(to, folder, onFault) {
      if (!to.startsWith("/")) {
        const message = "only a socket that has a path can be reached";
        return { code: "EAFNOSUPPORT", message };
      }
      try {
        const socket = bindUnseen(`${folder}/${ownName}`);
        const address = { transport: "unixpacket", path: to } as const;
        const queue = createQueue(
          (bytes) => socket.send(bytes, address),
          (error) => {
            if (isOpen) onFault(faultOf(error, "notify"));
          },
        );
        queues.push(queue);
        sockets.push(socket);
        return queue;
      } catch (error) {
        return faultOf(error, "notify");
      }
    },
    async flush() {
      await Promise.all(queues.map((queue) => queue.flush()));
    },
    close() {
      isOpen = false;
      for (const socket of sockets) socket.close();
    },
  };
}

/** Queues messages: a socket of Deno takes one at a time, which may have to wait for its reader. */
export function createQueue(
  send: (bytes: Uint8Array) => Promise<unknown>,
  onError: (error: unknown) => void,
): Notifier & Pick<HostNotifications, "flush"> {
  const encoder = new TextEncoder();
  const waiting = new Map<string, string>();
  let drained: Promise<void> | null = null;

  async function drain(): Promise<void> {
    for (const [key, message] of waiting) {
      waiting.delete(key);
      await send(encoder.encode(message)).catch(onError);
    }
    drained = null;
  }

  return {
    send(message) {
      const key = message.slice(0, message.indexOf("="));
      waiting.delete(key);
      waiting.set(key, message);
      drained ??= drain();
    },
    flush: () => drained ?? Promise.resolve(),
  };
}

/** Binds a socket and removes its file at once, since a killed process could not. */
function bindUnseen(path: string): Deno.DatagramConn {
  removeSocket(path);
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  removeSocket(path);
  return socket;
}

function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch {
    // Binding the socket tells what is in the way.
  }
}
