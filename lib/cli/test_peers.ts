/**
 * For unit tests alone: peers of streams, as a script of the fake world serves them.
 *
 * @module
 */
import { join, latin1, latin1Bytes } from "../protocol/octets.ts";
import { base64, sha1 } from "../protocol/sha1.ts";
import type { FakeConnection, FakeServing } from "../testing/fake_streams.ts";

/** A peer that refuses connections. */
export const refusing: FakeServing = {
  fault: { code: "ECONNREFUSED", message: "the connection was refused" },
};

/** A peer from which nothing comes back. */
export const hanging: FakeServing = { connect: null };

/** A peer that accepts connections, and greets; silent without a text. */
export function greeting(text = ""): FakeServing {
  return { onOpen: (connection) => connection.say(latin1Bytes(text), 1) };
}

/** An HTTP server that answers each request with this body, and closes. */
export function answering(
  body: string,
  { status = "200 OK", type = "application/json" } = {},
): FakeServing {
  return {
    onWrite(_bytes, connection) {
      const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\n` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
      connection.say(latin1Bytes(head + body), 5);
      connection.end(5);
    },
  };
}

/** A WebSocket server. It answers a ping with what `pong` returns, by default with the pong. */
export function webSocket(
  pong: (
    frame: Uint8Array,
    connection: FakeConnection,
  ) => Uint8Array | null = (frame) => frame,
): FakeServing {
  return {
    onWrite(bytes, connection) {
      const [, key] = /^Sec-WebSocket-Key: (\S+)/m.exec(latin1(bytes)) ?? [];
      if (key !== undefined) {
        const accept = base64(sha1(
          latin1Bytes(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
        ));
        return connection.say(
          latin1Bytes(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
              `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
          ),
          2,
        );
      }
      const length = bytes[1]! & 0x7f;
      if ((bytes[0]! & 0x0f) !== 9) return;
      const [mask, masked] = [bytes.subarray(2, 6), bytes.subarray(6)];
      const payload = masked.map((byte, at) => byte ^ mask[at % 4]!);
      const frame = pong(
        join(Uint8Array.of(0x8a, length), payload),
        connection,
      );
      if (frame !== null) connection.say(frame, 2);
    },
  };
}

/** A socket of ZeroMQ's, whose type has three letters. */
export function zeroMq(type = "REP"): FakeServing {
  return {
    onWrite(bytes, connection) {
      const said = latin1(bytes);
      const answer = said.startsWith("\xff")
        ? `${said}\x01${"NULL".padEnd(52, "\0")}`
        : said.includes("\x04PING")
        ? `\x04\x0d\x04PONG${said.slice(-8)}`
        : `\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03${type}`;
      connection.say(latin1Bytes(answer), 2);
    },
  };
}

/** A close frame of a server's. */
export function closeFrame(code: number, reason = ""): Uint8Array {
  const payload = join(
    Uint8Array.of(code >> 8, code & 255),
    latin1Bytes(reason),
  );
  return join(Uint8Array.of(0x88, payload.length), payload);
}

/** An X server that asks for no cookie. */
export const xServer: FakeServing = {
  onWrite(bytes, connection) {
    if (bytes[0] === 0x6c) {
      return connection.say(Uint8Array.of(1, 0, 11, 0, 0, 0, 0, 0), 1);
    }
    const reply = new Uint8Array(32);
    reply.set([1, 0, (connection.written.length - 12) / 4]);
    connection.say(reply, 2);
  },
};
