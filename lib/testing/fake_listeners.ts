/**
 * Listening for connections in virtual time. A fake machine's own connections
 * reach its listeners.
 *
 * @module
 */
import {
  type AcceptedStream,
  type Clock,
  type Endpoint,
  type ListenOptions,
  refusedCode,
  type StreamListeners,
  type StreamOrder,
  type StreamReceiver,
} from "../world.ts";
import type { FakeConnection, FakeServing } from "./fake_streams.ts";

/** How long bytes take from one end to the other, in ms. */
const wayTime = 1;

/** Listeners that connections of `createFakeStreams()` can be led to. */
export interface FakeListeners extends StreamListeners {
  /** How many listen. */
  readonly openCount: number;
  /** Serves a connection of this machine; `null` where it listens nowhere at all. Elsewhere than at a listener it is refused. */
  serve(order: StreamOrder): FakeServing | null;
}

/** Makes them. Free ports are 40001, 40002 and so on. */
export function createFakeListeners(clock: Clock): FakeListeners {
  const listening = new Map<
    number,
    ListenOptions["onConnection"]
  >();
  let free = 40001;
  return {
    get openCount() {
      return listening.size;
    },
    listen({ at: { host, port: fixed }, onConnection }) {
      const port = fixed === 0 ? free++ : fixed;
      if (listening.has(port)) {
        const message = `${host}:${port} is taken`;
        return Promise.resolve({ code: "EADDRINUSE", message });
      }
      listening.set(port, onConnection);
      return Promise.resolve({
        address: { host, port },
        close: () => void listening.delete(port),
      });
    },
    serve({ to }) {
      if (listening.size === 0) return null;
      const onConnection = listening.get(to.port);
      if (onConnection !== undefined) return lead(onConnection, to, clock);
      const message = `${to.host} refuses the connection`;
      return { fault: { code: refusedCode, message } };
    },
  };
}

/** Leads one connection to whom it is for. */
function lead(
  onConnection: ListenOptions["onConnection"],
  { host }: Endpoint,
  clock: Clock,
): FakeServing {
  let isOpen = true;
  let receiver: StreamReceiver | null = null;
  const later = (callback: () => void): void => {
    clock.setTimer(clock.now() + wayTime, () => {
      if (isOpen) callback();
    });
  };
  const over = Promise.withResolvers<void>();
  const streamOf = (connection: FakeConnection): AcceptedStream => {
    const close = () => {
      if (isOpen) connection.end(wayTime);
      isOpen = false;
      over.resolve();
    };
    return {
      write(bytes) {
        if (isOpen) connection.say(bytes.slice(), wayTime);
      },
      closeWrite() {
        if (isOpen) connection.end(wayTime);
        // The client closes it, too.
        clock.setTimer(clock.now() + 2 * wayTime, end);
        return Promise.resolve();
      },
      close,
      abort: close,
      closed: over.promise,
    };
  };
  const end = () => {
    if (!isOpen) return;
    if (receiver?.onPeerEnd !== undefined) return receiver.onPeerEnd();
    isOpen = false;
    over.resolve();
    receiver?.onEnd();
  };
  return {
    onOpen(connection) {
      const peer = { host, port: 50_000 + connection.id };
      receiver = onConnection(streamOf(connection), peer);
    },
    onWrite: (bytes) => later(() => receiver?.onBytes(bytes)),
    onClose: () => later(end),
  };
}
