/**
 * What the service manager is told (sd_notify): datagrams to the socket that
 * it listens at.
 *
 * @module
 */
import type { Notifications, Notifier } from "../world.ts";
import { faultOf } from "./os_error.ts";

/** The file of the socket that is sent from, as long as there is one. */
const ownName = "lifesign-notify";

/** Ways to service managers, and what is left to be done at the end. */
export interface HostNotifications extends Notifications {
  /** Resolves when everything that was queued has been delivered or dropped; never, if nobody listens. */
  flush(): Promise<void>;
  /** Closes the sockets; nothing may be sent afterwards. */
  close(): void;
}

/** A notifier that can be waited for. */
export interface NotifyQueue extends Notifier {
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
}

/** The service managers of this machine. */
export function createNotifications(): HostNotifications {
  const queues: NotifyQueue[] = [];
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

/** Sends one message after the other, since a socket of Deno's takes no two at once, and the first may have to wait until somebody reads. */
export function createQueue(
  send: (bytes: Uint8Array) => Promise<unknown>,
  onError: (error: unknown) => void,
): NotifyQueue {
  const encoder = new TextEncoder();
  // In the order of insertion.
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

/** Binds a socket whose file is gone at once: a process that is killed could not remove it. */
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
    // What is in the way tells the binding.
  }
}
