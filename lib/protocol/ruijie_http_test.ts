import { assert, assertEquals } from "@std/assert";
import { latin1 } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { ruijieHttp } from "./ruijie_http.ts";
import { mutations } from "./test_dialogue.ts";
import { hear, hearCut, requestOf, response } from "./test_portal.ts";

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

const other = flaw("answered, but not as a portal of this kind does");

Deno.test("ruijieHttp posts the form that asks for the user", () => {
  const [head = "", form] = requestOf(ruijieHttp).split("\r\n\r\n");
  assertEquals(
    head.split("\r\n")[0],
    "POST /eportal/InterFace.do?method=getOnlineUserInfo HTTP/1.1",
  );
  assert(head.includes("\r\nContent-Length: 10"));
  assertEquals(form, "userIndex=");
});

Deno.test("ruijieHttp tells three values", () => {
  const rows: [what: string, body: unknown, heard: Heard][] = [
    ["success", {
      result: "success",
      userIndex: "61626364",
      userName: "alice",
      message: "",
    }, { type: "alive", note: "logged in", portal: { user: "alice" } }],
    ["an account and a name", {
      result: "success",
      userId: "alice",
      userName: "Alice Smith",
      userIp: "10.99.0.1",
    }, {
      type: "alive",
      note: "logged in from 10.99.0.1",
      portal: { user: "alice", address: "10.99.0.1" },
    }],
    ["nobody's name", { result: "success", userName: null }, {
      type: "alive",
      note: "logged in",
      portal: {},
    }],
    ["fail", { result: "fail", message: "", userIndex: null }, {
      type: "dead",
      sign: "not_online",
      note: "says fail",
    }],
    ["wait", { result: "wait", message: "", userIndex: null }, {
      type: "unable",
      note: "says wait: it is not ready",
    }],
    ["another", { result: "Success" }, flaw("says result Success")],
    ["a number", { result: 1 }, flaw("says result 1")],
    ["true", { result: true }, other],
    ["nothing", {}, other],
    ["a list", [{ result: "success" }], other],
    ["deeper", { data: { result: "success" } }, other],
  ];
  for (const [what, body, heard] of rows) {
    const bytes = response(JSON.stringify(body), { type: "application/json" });
    assertEquals(hearCut(ruijieHttp, bytes), heard, what);
  }
  const page = response("<html>success</html>");
  assertEquals(hearCut(ruijieHttp, page), flaw("answered with a web page"));
  const refusal = response("", { status: "405 Method Not Allowed" });
  assertEquals(hear(ruijieHttp, [refusal]), flaw("answered 405"));
});

Deno.test("ruijieHttp makes no life and no death of what changed by chance", () => {
  for (const result of ["success", "fail", "wait"]) {
    const bytes = response(JSON.stringify({ result, userName: "alice" }));
    for (const mutant of mutations(bytes, 3_000)) {
      const text = latin1(mutant);
      const { type } = hear(ruijieHttp, [mutant]);
      if (type !== "alive" && type !== "dead") continue;
      assert(/^HTTP\/1\.\d 200[ \r\n]/.test(text), text);
      const proof = type === "alive" ? "success" : "fail";
      assert(text.includes(`"result":"${proof}"`), text);
    }
  }
});
