/**
 * Texts that programs on this machine ask for by HTTP. Deno's own server has no
 * deadline for a request and no limit on connections, and its end waits for both.
 *
 * @module
 */
import type {
  Endpoint,
  Fault,
  TextOptions,
  TextServer,
  TextServers,
} from "../world.ts";
import { delay } from "./delay.ts";
import { networkFault } from "./os_error.ts";

/** How many connections there may be at a time. */
const mostConnections = 16;

/** The longest request without its body, in bytes. */
const longestHead = 8_192;

/** How long a connection may take, in ms: to say what it wants, and to read the answer; and how long answers may take once the server ends. */
const waitsMs = { head: 3_000, answer: 5_000, end: 200 };

/** The pause before accepting again where there are no descriptors left, in ms. */
const pauseMs = 100;

/** Serves a text at a path to whoever asks for it by GET. Nothing that is sent along is read. */
export const serveText: TextServers["serve"] = (
  at: Endpoint,
  options: TextOptions,
): Promise<TextServer | Fault> => {
  try {
    const listener = Deno.listen({ hostname: at.host, port: at.port });
    // It keeps no process alive.
    listener.unref();
    const server = new Server(listener, options);
    return Promise.resolve({
      port: listener.addr.port,
      close: () => server.close(),
    });
  } catch (error) {
    return Promise.resolve(networkFault(error, `${at.host}:${at.port}`));
  }
};

/** A connection, which is closed when its time is over. */
class Visitor {
  /** Whether it has said what it wants. */
  isAnswered = false;
  private timer = setTimeout(() => this.close(), waitsMs.head);
  private isOpen = true;

  constructor(readonly connection: Deno.TcpConn) {}

  /** From now on it has time to read an answer. */
  answer(): void {
    this.isAnswered = true;
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.timer = setTimeout(() => this.close(), waitsMs.answer);
  }

  close(): void {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.isOpen = false;
    this.connection.close();
  }
}

class Server {
  /** The oldest one first. */
  private readonly visitors = new Map<Visitor, Promise<void>>();
  private isOpen = true;
  private readonly accepting: Promise<void>;

  constructor(
    private readonly listener: Deno.TcpListener,
    private readonly options: TextOptions,
  ) {
    this.accepting = this.accept();
  }

  async close(): Promise<void> {
    this.isOpen = false;
    this.listener.close();
    for (const visitor of this.visitors.keys()) {
      if (!visitor.isAnswered) visitor.close();
    }
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, waitsMs.end);
    const answered = Promise.all(this.visitors.values());
    await Promise.race([answered, late.promise]);
    clearTimeout(timer);
    // Who does not read keeps a write from ending, even now.
    for (const visitor of this.visitors.keys()) visitor.close();
    await this.accepting;
  }

  private async accept(): Promise<void> {
    while (this.isOpen) {
      const connection = await this.listener.accept().catch(() => null);
      if (connection !== null) this.take(connection);
      else if (this.isOpen) await delay(pauseMs);
    }
  }

  private take(connection: Deno.TcpConn): void {
    if (!this.isOpen) return connection.close();
    const { visitors } = this;
    const silent = visitors.keys().find(({ isAnswered }) => !isAnswered);
    if (visitors.size >= mostConnections) {
      // Whoever has been silent for longest gives way; who reads an answer stays.
      if (silent === undefined) return connection.close();
      silent.close();
      visitors.delete(silent);
    }
    const visitor = new Visitor(connection);
    // What it breaks is its own.
    const done = this.serve(visitor).catch(() => {}).then(() => {
      visitor.close();
      visitors.delete(visitor);
    });
    visitors.set(visitor, done);
  }

  private async serve(visitor: Visitor): Promise<void> {
    const { connection } = visitor;
    connection.unref();
    const head = await readHead(connection);
    if (head === "") return;
    visitor.answer();
    const bytes = new TextEncoder().encode(answerTo(head, this.options));
    for (let at = 0; at < bytes.length;) {
      at += await connection.write(bytes.subarray(at));
    }
    await connection.closeWrite();
    // Unread bytes would take the answer from the peer as well.
    const rest = new Uint8Array(longestHead);
    while (await connection.read(rest) !== null);
  }
}

/** Reads a request up to its body; too much of it is cut, and nothing is none. */
async function readHead(connection: Deno.TcpConn): Promise<string> {
  const bytes = new Uint8Array(longestHead);
  let length = 0;
  while (length < bytes.length) {
    const read = await connection.read(bytes.subarray(length));
    if (read === null) return "";
    length += read;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    if (/\r?\n\r?\n/.test(text)) return text;
  }
  return "too long";
}

function answerTo(
  head: string,
  { path, type, render }: TextOptions,
): string {
  const [, method, target = ""] =
    /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/.exec(head) ?? [];
  if (method === undefined) return text("400 Bad Request", "Not HTTP/1.1.\n");
  const isHere = URL.parse(target, "http://localhost")?.pathname === path;
  if (!isHere) return text("404 Not Found", `Only ${path} is here.\n`);
  if (method !== "GET") {
    const body = method === "HEAD" ? "" : "Only GET is allowed.\n";
    return text("405 Method Not Allowed", body, { allow: "GET" });
  }
  try {
    return text("200 OK", render(), { "content-type": type });
  } catch {
    return text("500 Internal Server Error", "It failed.\n");
  }
}

function text(
  status: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const all = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": `${new TextEncoder().encode(body).length}`,
    // Somebody who asks seldom must not hold a descriptor.
    connection: "close",
    date: new Date().toUTCString(),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status}`, ...lines, "", body].join("\r\n");
}
