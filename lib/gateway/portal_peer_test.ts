import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1 } from "../protocol/octets.ts";
import { portalPeer } from "./portal_peer.ts";
import { ask, endure, told } from "./test_peer.ts";

const portal = portalPeer("");
const usual = "/cgi-bin/rad_user_info";
const get = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

Deno.test("portalPeer() tells who is online, and that nobody is, as SRUN 4000 does", () => {
  const online =
    '{"client_ip":"127.0.0.1","ecode":0,"online_ip":"127.0.0.1","error":"ok","res":"ok","sum_bytes":0,"sum_seconds":3600,"user_name":"alice"}';
  const offline =
    '{"client_ip":"127.0.0.1","ecode":0,"online_ip":"127.0.0.1","error":"not_online_error","error_msg":"","res":"not_online_error"}';
  const rows: [query: string, function_: string, type: string][] = [
    ["", "", "json"],
    ["?_=1", "", "json"],
    ["?callback=lifesign&_=1", "lifesign", "javascript"],
    ["?_=1&callback=jQuery1.a_$", "jQuery1.a_$", "javascript"],
    ["?callback=", "", "json"],
    ["?callback=<script>", "", "json"],
    ["?callback=%3Cscript%3E", "", "json"],
    ["?nocallback=a", "", "json"],
  ];
  for (const [query, called, type] of rows) {
    const [question, ...more] = ask(portal, get(usual + query));
    assert(question?.kind === "life");
    assertEquals(more, []);
    for (
      const [{ bytes, isLast }, json] of [
        [question.alive, online],
        [question.dead, offline],
      ] as const
    ) {
      const body = called === "" ? json : `${called}(${json})`;
      const text = latin1(bytes);
      assert(isLast);
      assert(text.startsWith("HTTP/1.1 200 OK\r\n"));
      assertStringIncludes(text, `application/${type};`);
      assertStringIncludes(text, `Content-Length: ${body.length}\r\n`);
      assertEquals(text.split("\r\n\r\n")[1], body);
    }
  }
});

Deno.test("portalPeer() is asked at the usual path, or the one that it has", () => {
  const rows: [own: string, path: string, kind: string][] = [
    ["", usual, "life"],
    ["/", usual, "life"],
    ["", "/", "invalid"],
    ["/x", "/x?callback=a", "life"],
    ["/x", usual, "invalid"],
    ["/x", "/x/", "invalid"],
  ];
  for (const [own, path, wanted] of rows) {
    const [question] = ask(portalPeer(own), get(path));
    assertEquals(question?.kind, wanted, `${own} ${path}`);
  }
});

Deno.test("portalPeer() answers what is no question of a portal's, and ends", () => {
  const rows: [text: string, ...answers: string[]][] = [
    ["GET"],
    [get("/favicon.ico"), "404 Not Found"],
    [get(usual).replace("GET", "HEAD"), "405 Method Not Allowed"],
    [`POST ${usual} HTTP/1.1\r\n\r\nbody`, "405 Method Not Allowed"],
    ["\x16\x03\x01\x02", "400 Bad Request"],
    ["GET / nonsense\r\n\r\n", "400 Bad Request"],
    [get("/") + get(usual), "404 Not Found"],
  ];
  for (const [text, ...wanted] of rows) {
    const answers = ask(portal, text).map(told);
    assertEquals(
      answers.map(([kind, answer]) => [kind, answer.split("\r\n")[0]]),
      wanted.map((answer) => ["invalid", `HTTP/1.1 ${answer}`]),
      text,
    );
    assert(!answers.some(([, answer]) => answer.endsWith("+")));
  }
  assertEquals(portal.expel(portal.start), null);
});

Deno.test("portalPeer() endures anything", () => {
  endure(portal, "", "GET ", "GET /cgi-bin", get("/"));
});
