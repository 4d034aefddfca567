import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { codeOf, messageOf, networkFault } from "./os_error.ts";

/** An error as Deno throws it. */
function osError(name: string, message: string, code?: unknown): Error {
  const error = Object.assign(new Error(message), { name });
  return code === undefined ? error : Object.assign(error, { code });
}

/** Errors of docs/runtime.md's table and others of Linux, and what becomes of them. */
const rows: [
  name: string,
  code: string | undefined,
  end: string,
  wanted: string,
  words: string,
][] = [
  ["NetworkUnreachable", "ENETUNREACH", "(os error 101)", "ENETUNREACH", "no"],
  ["Error", "EHOSTUNREACH", "(os error 113)", "EHOSTUNREACH", "unreachable"],
  ["PermissionDenied", "EACCES", "(os error 13)", "EACCES", "not permitted"],
  ["PermissionDenied", "EPERM", "(os error 1)", "EPERM", "firewall"],
  ["TypeError", "EINVAL", "(os error 22)", "EINVAL", "blackhole"],
  [
    "AddrNotAvailable",
    "EADDRNOTAVAIL",
    "(os error 99)",
    "EADDRNOTAVAIL",
    "not",
  ],
  ["AddrInUse", "EADDRINUSE", "(os error 98)", "EADDRINUSE", "is taken"],
  ["Error", "EMFILE", "(os error 24)", "EMFILE", "too many open files"],
  ["Error", undefined, "Name or service not known", "Error", "service not"],
  [
    "Error",
    undefined,
    "Temporary failure in name",
    "Error",
    "Temporary failure",
  ],
  ["URIError", undefined, "invalid host 'a b'", "URIError", "invalid host"],
  ["Interrupted", "EINTR", "operation canceled", "EINTR", "canceled"],
  // No code: classified by the number,
  ["Error", undefined, "(os error 100)", "ENETDOWN", "interface"],
  ["Error", undefined, "(os error 112)", "EHOSTDOWN", "is down"],
  ["Error", undefined, "(os error 64)", "ENONET", "not on the network"],
  ["Error", undefined, "(os error 97)", "EAFNOSUPPORT", "IPv6 switched off"],
  ["Error", undefined, "(os error 12)", "ENOMEM", "no memory"],
  ["Error", undefined, "(os error 23)", "ENFILE", "too many open files"],
  ["Error", undefined, "(os error 105)", "ENOBUFS", "queue"],
  ["Error", undefined, "(os error 90)", "EMSGSIZE", "os error 90"],
  ["PermissionDenied", undefined, "(os error 1)", "EPERM", "firewall"],
  // then by the name.
  ["NotFound", undefined, "no such file", "ENOENT", "no such file"],
  ["PermissionDenied", undefined, "denied", "EACCES", "not permitted"],
  ["NotCapable", undefined, "Requires net access", "EACCES", "not permitted"],
  ["AddrInUse", undefined, "in use", "EADDRINUSE", "is taken"],
  ["AddrNotAvailable", undefined, "gone", "EADDRNOTAVAIL", "not an address"],
  ["NetworkUnreachable", undefined, "no", "ENETUNREACH", "no route"],
  ["Interrupted", undefined, "canceled", "EINTR", "canceled"],
  ["WouldBlock", undefined, "(os error 11)", "EAGAIN", "os error 11"],
  ["BrokenPipe", undefined, "(os error 32)", "EPIPE", "os error 32"],
  ["ConnectionReset", undefined, "reset", "ECONNRESET", "reset"],
  ["UnexpectedEof", undefined, "unexpected", "EOF", "unexpected"],
  // What nothing is known of keeps its own name; a code that is no text is none.
  ["Error", undefined, "(os error 9999)", "Error", "os error 9999"],
  ["BadResource", undefined, "closed", "BadResource", "closed"],
  ["DOMException", 25 as never, "odd", "DOMException", "odd"],
];

Deno.test("codeOf() finds the system's name of every error in docs/runtime.md's table", () => {
  for (const [name, code, message, wanted] of rows) {
    const error = osError(name, `It failed ${message}`, code);
    assertEquals(codeOf(error), wanted, `${name} ${code} ${message}`);
  }
});

Deno.test("codeOf() takes whatever is thrown", () => {
  const odd = [undefined, null, 0, "os error 101", {}, { code: "EPERM" }];
  for (const thrown of odd) assertEquals(codeOf(thrown), "UNKNOWN");
});

Deno.test("networkFault() says in one line what it means for an address", () => {
  for (const [name, code, message, wanted, words] of rows) {
    const error = osError(name, `It failed ${message}`, code);
    const fault = networkFault(error, "192.0.2.1");
    const what = `${name} ${code} ${message}: ${fault.message}`;
    assertEquals(fault.code, wanted, what);
    assertStringIncludes(fault.message, words, what);
    assert(!/[%\n]/.test(fault.message), what);
    assert(/192\.0\.2\.1|too many/.test(fault.message), what);
  }
});

Deno.test("networkFault() takes whatever is thrown", () => {
  assertEquals(networkFault("a\n  b", "::1"), {
    code: "UNKNOWN",
    message: "::1: a b",
  });
});

Deno.test("messageOf() is one line", () => {
  const rows: [unknown, string][] = [
    [new Error("plain"), "plain"],
    [new Error("two\nlines,\r\n\tand a tab"), "two lines, and a tab"],
    [new Error(""), ""],
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
  ];
  for (const [error, message] of rows) assertEquals(messageOf(error), message);
});
