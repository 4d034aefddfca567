import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { streamFault } from "./stream_error.ts";

/** Errors of connections: the code, its number, and words for a user about an address, and about a unix socket. */
const streamRows: [string, number, string, string][] = [
  ["ECONNREFUSED", 111, "refuses the connection", "nothing listens at"],
  ["ENOENT", 2, "os error 2", "there is no socket"],
  ["ENOTDIR", 20, "os error 20", "no folder"],
  ["ENETUNREACH", 101, "no route to", "os error 101"],
  ["EHOSTUNREACH", 113, "does not answer on its network", "os error 113"],
  ["EACCES", 13, "connections to", "not permitted"],
  ["EPERM", 1, "a firewall on this machine", "not permitted"],
  ["EINVAL", 22, "blackhole", "too long"],
  ["EADDRNOTAVAIL", 99, "no port left", "os error 99"],
  ["EADDRINUSE", 98, "no local port is left", "os error 98"],
  ["EMFILE", 24, "ulimit -n", "ulimit -n"],
  ["ECONNRESET", 104, "reset by", "reset by its server"],
  ["ECONNABORTED", 103, "broken off", "os error 103"],
  ["EPIPE", 32, "has closed", "has closed"],
  ["ETIMEDOUT", 110, "does not answer", "os error 110"],
  ["EAGAIN", 11, "os error 11", "queue"],
  ["EPROTOTYPE", 91, "os error 91", "not of the kind"],
];

Deno.test("streamFault() says what it means for a connection", () => {
  for (const [code, number, words, unixWords] of streamRows) {
    const error = new Error(`It failed (os error ${number})`);
    for (
      const [peer, wanted] of [["192.0.2.1", words], [
        "/run/x",
        unixWords,
      ]] as const
    ) {
      const name = code === "EAGAIN" ? { name: "WouldBlock" } : {};
      const fault = streamFault(Object.assign(error, name), peer);
      assertEquals(fault.code, code);
      assertStringIncludes(fault.message, wanted);
      const names = /too many open/.test(fault.message);
      assert(names || fault.message.includes(peer), fault.message);
      assert(!/[%\n]/.test(fault.message), fault.message);
    }
  }
});

Deno.test("streamFault() calls a connection that is gone at once a reset one", () => {
  const error = Object.assign(new Error("(os error 107)"), {
    name: "NotConnected",
    code: "ENOTCONN",
  });
  assertEquals(streamFault(error, "::1").code, "ECONNRESET");
});
