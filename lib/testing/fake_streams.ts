/**
 * Connections in virtual time, served by a script.
 *
 * @module
 */
import type {
  Clock,
  Fault,
  Stream,
  StreamOrder,
  StreamPhase,
  Streams,
} from "../world.ts";

/** The longest piece that bytes come in. */
const longest = 16 * 1024;

/** A connection as its server sees it. */
export interface FakeConnection {
  /** Its number, from 0. */
  readonly id: number;
  /** What was ordered. */
  readonly order: StreamOrder;
  /** When, in monotonic ms. */
  readonly at: number;
  /** What was written to it so far, joined. */
  readonly written: Uint8Array;
  /** Whether the client has it open, in whatever phase. */
  readonly isOpen: boolean;
  /** Sends bytes to the client after so many ms, though not before those that were sent earlier. Without any, nothing comes. */
  say(bytes: Uint8Array, after?: number): void;
  /** Ends its stream after so many ms, though not before what was sent earlier. */
  end(after?: number): void;
  /** Fails after so many ms, which may overtake what was sent. */
  fail(fault: Fault, after?: number, phase?: StreamPhase): void;
}

/** What a server does with a connection. Times in ms; what is left out takes 1 ms. */
export interface FakeServing {
  /** How long the connection takes; `null` for ever. */
  readonly connect?: number | null;
  /** How long it takes to be secured; `null` for ever. Without TLS it takes no time. */
  readonly secure?: number | null;
  /** Why it fails; it does not if absent. */
  readonly fault?: Fault;
  /** In which phase that fault comes: `connect` if absent; as soon as it is open for `open`. */
  readonly phase?: StreamPhase;
  /** Is told that it is open. */
  readonly onOpen?: (connection: FakeConnection) => void;
  /** Is told what the client writes. */
  readonly onWrite?: (bytes: Uint8Array, connection: FakeConnection) => void;
  /** Is told that the client has closed it, in whatever phase. */
  readonly onClose?: (connection: FakeConnection) => void;
}

/** How to make them. */
export interface FakeStreamsOptions {
  /** Time. */
  readonly clock: Clock;
  /** What becomes of each connection; `null` for one that hangs. */
  readonly serve: (
    order: StreamOrder,
    id: number,
  ) => FakeServing | null;
}

/** Connections that a test can look at. */
export interface FakeStreams extends Streams {
  /** All that were ordered, in this order. */
  readonly connections: readonly FakeConnection[];
  /** How many are open, in whatever phase. */
  readonly openCount: number;
}

/** Makes them. To write to a connection that is not open throws: in the real world it would be lost. */
export function createFakeStreams(options: FakeStreamsOptions): FakeStreams {
  const { clock, serve } = options;
  const connections: FakeStream[] = [];
  return {
    connections,
    get openCount() {
      return connections.filter(({ isOpen }) => isOpen).length;
    },
    open(order) {
      const stream = new FakeStream(order, connections.length, clock);
      connections.push(stream);
      const serving = serve(order, stream.id);
      if (serving !== null) stream.serve(serving);
      return stream;
    },
  };
}

class FakeStream implements Stream, FakeConnection {
  isOpen = true;
  readonly at: number;
  private readonly writes: Uint8Array[] = [];
  private isReady = false;
  private serving: FakeServing = {};
  /** When the last of what was sent arrives. */
  private latest = 0;

  constructor(
    readonly order: StreamOrder,
    readonly id: number,
    private readonly clock: Clock,
  ) {
    this.at = clock.now();
  }

  get written(): Uint8Array {
    return Uint8Array.from(this.writes.flatMap((bytes) => [...bytes]));
  }

  serve(serving: FakeServing): void {
    this.serving = serving;
    const { connect = 1, secure = 1, fault, phase = "connect" } = serving;
    const { order } = this;
    const failsIn = (now: StreamPhase): boolean => {
      const fails = fault !== undefined && phase === now;
      if (fails) this.fail(fault, 0, now);
      return fails;
    };
    if (connect === null) return;
    this.later(connect, () => {
      if (failsIn("connect")) return;
      order.onConnected(order.to.port === 0 ? 0 : 40_000 + this.id % 20_000);
      const time = order.tls === null ? 0 : secure;
      if (time === null) return;
      this.later(time, () => {
        if (failsIn("tls")) return;
        this.isReady = true;
        order.onOpen();
        if (this.isOpen && !failsIn("open")) serving.onOpen?.(this);
      });
    });
  }

  say(bytes: Uint8Array, after = 0): void {
    for (let at = 0; at < bytes.length; at += longest) {
      const piece = bytes.slice(at, at + longest);
      this.inOrder(after, () => this.order.onBytes(piece));
    }
  }

  end(after = 0): void {
    this.inOrder(after, () => {
      this.isOpen = false;
      this.order.onEnd();
    });
  }

  fail(fault: Fault, after = 0, phase: StreamPhase = "open"): void {
    this.later(after, () => {
      this.isOpen = false;
      this.order.onFault(phase, fault);
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.isOpen || !this.isReady) {
      throw new Error("written to a connection that is not open");
    }
    this.writes.push(bytes.slice());
    this.serving.onWrite?.(bytes.slice(), this);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.serving.onClose?.(this);
  }

  private inOrder(after: number, callback: () => void): void {
    this.latest = Math.max(this.clock.now() + after, this.latest);
    this.later(this.latest - this.clock.now(), callback);
  }

  /** Calls back later, unless it is closed by then. */
  private later(after: number, callback: () => void): void {
    this.clock.setTimer(this.clock.now() + after, () => {
      if (this.isOpen) callback();
    });
  }
}

/** Streams whose connections hang. */
export const noStreams: Streams = {
  open: () => ({ write() {}, close() {} }),
};
