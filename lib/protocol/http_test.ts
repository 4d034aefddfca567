import { assertEquals, assertStringIncludes } from "@std/assert";
import { seededRandom } from "../random.ts";
import { httpDialogue, type HttpExchange } from "./http.ts";
import { join, latin1, latin1Bytes } from "./octets.ts";
import { portalProtocol } from "./portal.ts";
import type { Heard, StreamProtocol } from "./protocol.ts";
import { chance, dialogueOf } from "./test_dialogue.ts";
import { hear, hearCut } from "./test_portal.ts";

/** Hears each body as a note. */
function reading(enough?: number): StreamProtocol {
  return portalProtocol({
    scheme: "reading+http",
    deathSign: "portal",
    settings: {},
    exchange: () => ({
      ...enough !== undefined && { enough },
      request: () => ({ target: "/", accept: "*/*" }),
      judgeHead: ({ status }) =>
        status === 200 ? null : { type: "unable", note: `${status}` },
      judgeBody: (body) => ({ type: "alive", note: latin1(body) }),
    }),
  });
}

function alive(note: string): Heard {
  return { type: "alive", note };
}

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

function unable(note: string): Heard {
  return { type: "unable", note };
}

const noLength = flaw("answered without a clear length");
const notHttp = flaw("does not speak HTTP");
const badChunks = flaw("answered in broken chunks");
const cutOff = unable("closed amid its answer");

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

Deno.test("httpDialogue() reads a response however it is cut", () => {
  const rows: [what: string, response: string, heard: Heard][] = [
    ["length", `${ok}Content-Length: 5\r\n\r\nhello`, alive("hello")],
    ["spaces", `${ok}content-length :\t5 \r\n\r\nhello`, alive("hello")],
    ["body longer", `${ok}Content-Length: 2\r\n\r\nhello`, alive("he")],
    ["body shorter", `${ok}Content-Length: 9\r\n\r\nhello`, cutOff],
    ["empty body", `${ok}Content-Length: 0\r\n\r\n`, alive("")],
    [
      "same length twice",
      `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
      alive("hello"),
    ],
    [
      "two lengths",
      `${ok}Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello`,
      noLength,
    ],
    ["negative length", `${ok}Content-Length: -5\r\n\r\nhello`, noLength],
    ["hexadecimal length", `${ok}Content-Length: 0x5\r\n\r\nhello`, noLength],
    ["no digits", `${ok}Content-Length:\r\n\r\nhello`, noLength],
    [
      "huge length",
      `${ok}Content-Length: 99999999999999999999\r\n\r\nhello`,
      noLength,
    ],
    ["no length", `${ok}\r\nhello`, alive("hello")],
    ["no length, nothing", `${ok}\r\n`, alive("")],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", alive("hello")],
    ["no reason", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n!", alive("!")],
    [
      "bare line feeds",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
      alive("hi"),
    ],
    [
      "mixed line ends",
      "HTTP/1.1 200 OK\nContent-Length: 2\n\r\nhi",
      alive("hi"),
    ],
    [
      "a folded field",
      `${ok}Content-Length:\r\n  2\r\nX: a\r\n\tb\r\n\r\nhi`,
      alive("hi"),
    ],
    [
      "a line that is no field",
      `${ok}rubbish\r\n: x\r\nContent-Length: 2\r\n\r\nhi`,
      alive("hi"),
    ],
    [
      "interim responses",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`,
      alive("hi"),
    ],
    ["only an interim one", "HTTP/1.1 100 Continue\r\n\r\n", cutOff],
    [
      "switching protocols",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      unable("101"),
    ],
    [
      "chunks",
      `${chunked}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
      alive("hello world"),
    ],
    [
      "extensions and trailers",
      `${chunked}5;a=b;c="d"\r\nhello\r\n1 ;x\r\n!\r\n000\r\nX: y\r\nZ: 0\r\n\r\n`,
      alive("hello!"),
    ],
    [
      "capital digits",
      `${chunked}A\r\n0123456789\r\n0\r\n\r\n`,
      alive("0123456789"),
    ],
    ["chunks with bare line feeds", `${chunked}2\nhi\n0\n\n`, alive("hi")],
    [
      "chunks in another case",
      `${ok}TRANSFER-ENCODING: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
      alive("hi"),
    ],
    [
      "chunks win over a length",
      `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
      alive("hi"),
    ],
    ["no chunk", `${chunked}0\r\n\r\n`, alive("")],
    ["last chunk missing", `${chunked}5\r\nhello\r\n`, cutOff],
    ["chunk cut off", `${chunked}5\r\nhel`, cutOff],
    ["size cut off", `${chunked}5`, cutOff],
    ["size too small", `${chunked}3\r\nhello\r\n0\r\n\r\n`, badChunks],
    ["size too large", `${chunked}7\r\nhello\r\n0\r\n\r\n`, badChunks],
    ["size missing", `${chunked}\r\nhello\r\n0\r\n\r\n`, badChunks],
    ["size no number", `${chunked}hello\r\n0\r\n\r\n`, badChunks],
    ["size negative", `${chunked}-5\r\nhello\r\n0\r\n\r\n`, badChunks],
    ["size with a prefix", `${chunked}0x5\r\nhello\r\n0\r\n\r\n`, badChunks],
    ["size endless", `${chunked}fffffffff\r\nhello`, badChunks],
    ["size most", `${chunked}ffffffff\r\nhello`, cutOff],
    [
      "other coding",
      `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      noLength,
    ],
    [
      "chunked twice",
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      noLength,
    ],
    [
      "the head is enough",
      "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n",
      unable("503"),
    ],
    ["nothing", "", unable("closed without an answer")],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-", cutOff],
    ["half a name", "HTT", cutOff],
    ["another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n", notHttp],
    ["HTTP/2", "HTTP/2 200 OK\r\n\r\n", notHttp],
    ["HTTP/0.9", "<html>hello</html>", notHttp],
    ["TLS", "\x15\x03\x01\x00\x02\x02\x46", notHttp],
    ["no status", "HTTP/1.1 OK\r\n\r\n", notHttp],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", notHttp],
    ["status 99", "HTTP/1.1 099 OK\r\n\r\n", notHttp],
    ["status 600", "HTTP/1.1 600 OK\r\n\r\n", notHttp],
    ["no space", "HTTP/1.1200 OK\r\n\r\n", notHttp],
    ["a line before", `\r\n${ok}\r\n`, notHttp],
    [
      "rubbish behind an interim response",
      "HTTP/1.1 100 Continue\r\n\r\nrubbish",
      notHttp,
    ],
  ];
  for (const [what, text, heard] of rows) {
    assertEquals(hearCut(reading(), latin1Bytes(text)), heard, what);
  }
});

Deno.test("httpDialogue() judges a response as soon as enough of it is there", () => {
  const rows: [what: string, response: string, heard: Heard][] = [
    ["more than enough", `${ok}Content-Length: 5\r\n\r\nhello`, alive("h")],
    ["more will come", `${ok}Content-Length: 500\r\n\r\nh`, alive("h")],
    ["no length", `${ok}\r\nhello`, alive("h")],
    ["chunks", `${chunked}5\r\nhello\r\n0\r\n\r\n`, alive("h")],
    ["chunks that break later", `${chunked}5\r\nhello, world`, alive("h")],
    ["chunks that break before", `${chunked}x\r\nhello`, badChunks],
    ["no body", `${ok}Content-Length: 0\r\n\r\nhello`, alive("")],
  ];
  for (const [what, text, heard] of rows) {
    assertEquals(hearCut(reading(1), latin1Bytes(text)), heard, what);
  }
});

Deno.test("httpDialogue() reads 16 KiB of head and 64 KiB of body, however they are cut", () => {
  const long = "x".repeat(64 * 1024);
  const fitting = `${ok}X: ${"y".repeat(16 * 1024 - ok.length - 7)}\r\n\r\n`;
  const longHead = flaw("sent a head of more than 16 KiB");
  const longBody = flaw("answered with more than 64 KiB");
  const piece = `3ff8\r\n${"x".repeat(0x3ff8)}\r\n`;
  const rows: [what: string, response: string, heard: Heard][] = [
    ["a head that fits", `${fitting}hello`, alive("hello")],
    ["a byte more", `${fitting.replace("X: ", "X:  ")}hello`, longHead],
    ["a head without an end", `${ok}${long}`, longHead],
    [
      "interim responses without an end",
      "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000),
      longHead,
    ],
    [
      "a body that fits",
      `${ok}Content-Length: 65536\r\n\r\n${long}`,
      alive(long),
    ],
    [
      "a byte more, of a length",
      `${ok}Content-Length: 65537\r\n\r\n${long}x`,
      longBody,
    ],
    ["a body without a length that fits", `${ok}\r\n${long}`, alive(long)],
    ["a byte more", `${ok}\r\n${long}x`, longBody],
    [
      "chunks",
      `${chunked}${piece.repeat(3)}0\r\n\r\n`,
      alive("x".repeat(0x3ff8 * 3)),
    ],
    ["too many chunks", `${chunked}${piece.repeat(5)}0\r\n\r\n`, longBody],
    ["an extension without an end", `${chunked}1;${long}${long}`, badChunks],
  ];
  for (const [what, text, heard] of rows) {
    const bytes = latin1Bytes(text);
    for (const size of [1_000, 1_024, 16_384, 65_536, bytes.length]) {
      const pieces = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, index) => bytes.subarray(index * size, (index + 1) * size),
      );
      assertEquals(hear(reading(), pieces), heard, `${what}, ${size}`);
    }
  }
});

Deno.test("httpDialogue() tells what it means that nothing more comes", () => {
  const dialogue = dialogueOf(reading());
  const { state, asks } = dialogue.open(chance);
  assertEquals(asks, true);
  assertEquals(dialogue.timedOut(state), unable("did not answer in time"));
  const begun = dialogue.receive(state, latin1Bytes(ok));
  assertEquals(
    dialogue.timedOut(begun.state),
    unable("did not finish its answer in time"),
  );
  assertEquals(dialogue.ping(state, chance), null);
  assertEquals(dialogue.farewell(state), null);
});

Deno.test("httpDialogue() makes a request that carries what it should and no more", () => {
  const base: HttpExchange = {
    host: "gw.example",
    port: 80,
    usualPort: 80,
    tls: null,
    request: () => ({ target: "/a?b=c", accept: "text/x" }),
    judgeHead: () => null,
    judgeBody: () => alive(""),
  };
  const tls = { name: "gw.example", authorities: [] };
  const request = (exchange: Partial<HttpExchange>) =>
    latin1(httpDialogue({ ...base, ...exchange }).open(chance).say!);
  assertEquals(
    request({}),
    "GET /a?b=c HTTP/1.1\r\nHost: gw.example\r\nUser-Agent: lifesign\r\n" +
      "Accept: text/x\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
  );
  assertEquals(
    request({
      request: () => ({ target: "/", accept: "*/*", form: "userIndex=" }),
    }),
    "POST / HTTP/1.1\r\nHost: gw.example\r\nUser-Agent: lifesign\r\n" +
      "Accept: */*\r\nCache-Control: no-cache\r\nConnection: close\r\n" +
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nuserIndex=",
  );
  const hosts: [Partial<HttpExchange>, string][] = [
    [{ port: 8080 }, "gw.example:8080"],
    [{ port: 443 }, "gw.example:443"],
    [{ port: 443, usualPort: 443, tls }, "gw.example"],
    [{ port: 80, usualPort: 443, tls }, "gw.example:80"],
    [{ host: "fd99::2" }, "[fd99::2]"],
    [{ host: "fd99::80", port: 8080 }, "[fd99::80]:8080"],
  ];
  for (const [exchange, host] of hosts) {
    assertStringIncludes(request(exchange), `\r\nHost: ${host}\r\n`);
  }
  const targets: [string, string][] = [
    ["/a b\r\nX: y", "/a%20b%0d%0aX:%20y"],
    ["/校?é=%20", "/%e6%a0%a1?%c3%a9=%20"],
    ["/a#b", "/a"],
    ["/\ud800", "/%ef%bf%bd"],
  ];
  for (const [target, escaped] of targets) {
    const text = request({ request: () => ({ target, accept: "*/*" }) });
    assertStringIncludes(
      text,
      `GET ${escaped} HTTP/1.1\r\nHost: gw.example\r\n`,
    );
  }
});

Deno.test("httpDialogue() makes nothing of bytes by chance, and throws nothing", () => {
  const random = seededRandom(1);
  for (let round = 0; round < 2_000; round++) {
    const noise = Uint8Array.from(
      { length: Math.floor(random() * 300) },
      () => Math.floor(random() * 256),
    );
    assertEquals(hear(reading(), [noise]).type === "alive", false);
    const behind = join(latin1Bytes(chunked), noise);
    assertEquals(hear(reading(), [behind]).type === "alive", false);
  }
});
