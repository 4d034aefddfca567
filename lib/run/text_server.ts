/**
 * A text that programs on this machine ask for by HTTP (RFC 9112).
 *
 * @module
 */
import { join, latin1 } from "../protocol/octets.ts";
import {
  type AcceptedStream,
  type Clock,
  type Descriptors,
  type Endpoint,
  type Fault,
  isFault,
  type StreamListeners,
  type StreamReceiver,
} from "../world.ts";

/** How many connections there may be at a time. */
const mostConnections = 16;

/** How many descriptors all but one connection leave to heartbeats. */
const spareDescriptors = 8;

/** The longest request without its body, in bytes. */
const longestHead = 8_192;

/** How much may follow a head, in bytes: whoever sends more wants no answer. */
const longestRest = 1024 * 1024;

/** How long a connection may take, in ms: to say what it wants, and to read the answer; and how long answers may take once the server ends. */
const waitsMs = { head: 3_000, answer: 5_000, end: 200 };

/** What is served. */
export interface ServedText {
  /** Where it is, from the slash on. */
  readonly path: string;
  /** What it is, for the header Content-Type. */
  readonly type: string;
  /** Makes it, and may take its time for that. */
  readonly render: () => Promise<string>;
}

/** A text that is being served. */
export interface TextServer {
  /** Where it is, with the port that it has. */
  readonly address: Endpoint;
  /** Ends that; resolves once the last answer is sent, or soon. */
  close(): Promise<void>;
}

/** What a server needs of the outside. */
export interface TextServerWorld {
  /** Time. */
  readonly clock: Clock;
  /** What it listens with. */
  readonly listeners: StreamListeners;
  /** What each connection takes one of. */
  readonly descriptors: Descriptors;
}

/**
 * Serves a text at a path to whoever asks for it by GET, until closed. Nothing
 * that is sent along is kept. Resolves to a fault if it can't listen.
 */
export async function serveText(
  at: Endpoint,
  text: ServedText,
  { clock, listeners, descriptors }: TextServerWorld,
): Promise<TextServer | Fault> {
  /** The oldest one first. */
  const visitors = new Set<Visitor>();

  function isFull(): boolean {
    const { size } = visitors;
    return size >= mostConnections ||
      size > 0 && descriptors.free(spareDescriptors) < spareDescriptors;
  }

  const listener = await listeners.listen({
    at,
    onConnection(stream) {
      if (isFull() && !makeRoom(visitors)) {
        stream.close();
        return { onBytes() {}, onEnd() {} };
      }
      const visitor = new Visitor(stream, text, clock);
      visitors.add(visitor);
      // One that takes nothing may keep its descriptor for longer, and its place.
      stream.closed.then(() => visitors.delete(visitor));
      return visitor;
    },
  });
  if (isFault(listener)) return listener;
  return {
    address: listener.address,
    async close() {
      listener.close();
      for (const visitor of visitors) {
        if (!visitor.isAnswered) visitor.close();
      }
      const late = Promise.withResolvers<void>();
      const cancel = clock.setTimer(clock.now() + waitsMs.end, late.resolve);
      const answered = [...visitors].map(({ stream }) => stream.closed);
      await Promise.race([Promise.all(answered), late.promise]);
      cancel();
      for (const visitor of visitors) visitor.close();
    },
  };
}

/** Makes room for another visitor; returns false if it can't. */
function makeRoom(visitors: Set<Visitor>): boolean {
  for (const visitor of visitors) {
    // Whoever has been silent for longest gives way; who reads an answer stays.
    if (visitor.isAnswered) continue;
    visitors.delete(visitor);
    visitor.close();
    return true;
  }
  return false;
}

/** A connection, which is closed when its time is over. */
class Visitor implements StreamReceiver {
  /** Whether it has said what it wants. */
  isAnswered = false;
  private isSent = false;
  private isPeerOver = false;
  private isOver = false;
  private head = "";
  private restLength = 0;
  private cancel: () => void;

  constructor(
    readonly stream: AcceptedStream,
    private readonly text: ServedText,
    private readonly clock: Clock,
  ) {
    this.cancel = this.closeAfter(waitsMs.head);
  }

  /** Takes a request up to its body. Unread bytes would take the answer from the peer as well, so what follows is dropped. */
  readonly onBytes = (bytes: Uint8Array): void => {
    if (this.isAnswered) {
      this.restLength += bytes.length;
      if (this.restLength > longestRest) this.close();
      return;
    }
    // The end of a head may come in pieces.
    const from = Math.max(0, this.head.length - 3);
    this.head += latin1(bytes.subarray(0, longestHead - this.head.length));
    if (/\r?\n\r?\n/.test(this.head.slice(from))) this.answer(this.head);
    else if (this.head.length === longestHead) this.answer("too long");
  };

  /** The peer asks no more. Some tools say so before they read the answer. */
  readonly onPeerEnd = (): void => {
    this.isPeerOver = true;
    if (!this.isAnswered || this.isSent) this.close();
  };

  /** The peer has gone. */
  readonly onEnd = (): void => {
    this.isOver = true;
    this.cancel();
  };

  /** Closes it, whatever it has not read by then. */
  close(): void {
    this.onEnd();
    this.stream.abort();
  }

  /** From now on it has time to read an answer, once there is one. */
  private async answer(head: string): Promise<void> {
    const { stream, text, clock } = this;
    this.isAnswered = true;
    this.head = "";
    this.cancel();
    const answer = await answerTo(head, text);
    if (this.isOver) return;
    this.cancel = this.closeAfter(waitsMs.answer);
    stream.write(bytesOf(answer, new Date(clock.wallTime())));
    await stream.closeWrite();
    this.isSent = true;
    if (this.isPeerOver) this.close();
  }

  private closeAfter(ms: number): () => void {
    return this.clock.setTimer(this.clock.now() + ms, () => this.close());
  }
}

/** What is answered. */
interface Answer {
  readonly status: string;
  readonly body: string;
  /** Its fields besides those that all have. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Makes the answer to a request without its body. */
async function answerTo(
  head: string,
  { path, type, render }: ServedText,
): Promise<Answer> {
  const [, method, target = ""] =
    /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(head) ?? [];
  if (method === undefined) {
    return { status: "400 Bad Request", body: "Not HTTP/1.1.\n" };
  }
  if (pathOf(target) !== path) {
    return { status: "404 Not Found", body: `Only ${path} is here.\n` };
  }
  if (method !== "GET") {
    const body = method === "HEAD" ? "" : "Only GET is allowed.\n";
    const fields = { allow: "GET" };
    return { status: "405 Method Not Allowed", body, fields };
  }
  try {
    const fields = { "content-type": type };
    return { status: "200 OK", body: await render(), fields };
  } catch {
    return { status: "500 Internal Server Error", body: "It failed.\n" };
  }
}

/** The path of a request's target, which has a host if it is for a proxy. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/, "");
}

function bytesOf({ status, body, fields }: Answer, date: Date): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(body);
  const all = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": `${bytes.length}`,
    // Somebody who asks seldom must not hold a descriptor.
    connection: "close",
    date: date.toUTCString(),
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status}`, ...lines, "", ""].join("\r\n");
  return join(encoder.encode(head), bytes);
}
