import { assertEquals } from "@std/assert";
import type { Fault, FileContent } from "../world.ts";
import { uidOf } from "./uid_file.ts";

const user = 1000;
const bytes = (text: string) => new TextEncoder().encode(text);
const sound: FileContent = {
  bytes: bytes("77\n"),
  isRegular: true,
  owner: user,
  mode: 0o600,
};

/** What is read from a file with this text that belongs to the user alone. */
function read(text: string) {
  return uidOf("/run/uid", { ...sound, bytes: bytes(text) }, user);
}

Deno.test("uidOf() reads the first line that is a number", () => {
  const rows: [text: string, uid: bigint][] = [
    ["77", 77n],
    ["77\n", 77n],
    ["77\r\n", 77n],
    ["\ufeff77\r\n", 77n],
    ["  77\t\n", 77n],
    ["\n\n# a comment\nuid of dorm\n77\n78\n", 77n],
    ["# 5\nuid=6\n7 8\n12abc\n0x9\n77\n", 77n],
    ["+5", 5n],
    ["-1", -1n],
    ["0", 0n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9223372036854775807\n-2\n", 2n ** 63n - 1n],
  ];
  for (const [text, uid] of rows) {
    assertEquals(read(text), { uid, warning: null }, JSON.stringify(text));
  }
});

Deno.test("uidOf() finds no UID where there is none", () => {
  const none = "Cannot find a UID: a line with a number is wanted";
  const dead =
    'Cannot use "-2": any number but -2 is wanted, which is what a gateway says of a dead session';
  const rows: [text: string, message: string][] = [
    ["", none],
    ["\n\n", none],
    ["uid\n# 77\n", none],
    ["12abc", none],
    ["7 7", none],
    ["-2\n", dead],
    ["-2\n77\n", dead],
    [
      "9223372036854775808",
      'Cannot use "***08": a number from -9223372036854775808 to 9223372036854775807 is wanted',
    ],
    [
      "99999999999999999999\n77",
      'Cannot use "***99": a whole number is wanted, from -9223372036854775808 to 9223372036854775807',
    ],
  ];
  for (const [text, message] of rows) {
    assertEquals(read(text), {
      kind: "noinput",
      message: `/run/uid: ${message}`,
    });
  }
});

Deno.test("uidOf() trusts root's and the user's files that nobody else can write", () => {
  const trusted = { uid: 77n, warning: null };
  const readable = {
    uid: 77n,
    warning:
      "/run/uid: others can read the UID, `chmod go-r /run/uid` mends that",
  };
  const writable = {
    kind: "config",
    message:
      "/run/uid: Cannot trust the UID: others can write the file, `chmod go-w /run/uid` mends that",
  };
  const foreign = {
    kind: "config",
    message:
      "/run/uid: Cannot trust the UID: the file belongs to user 1001, root or user 1000 is wanted",
  };
  const rows: [change: Partial<FileContent>, result: object][] = [
    [{ mode: 0o600 }, trusted],
    [{ mode: 0o400 }, trusted],
    [{ mode: 0o700 }, trusted],
    [{ owner: 0 }, trusted],
    [{ isRegular: false }, trusted],
    [{ mode: 0o640 }, readable],
    [{ mode: 0o604 }, readable],
    [{ mode: 0o644, owner: 0 }, readable],
    [{ mode: 0o620 }, writable],
    [{ mode: 0o602 }, writable],
    [{ mode: 0o666, owner: 0 }, writable],
    [{ mode: 0o1777 }, writable],
    [{ owner: 1001 }, foreign],
    [{ owner: 1001, mode: 0o666 }, foreign],
    [{ mode: 0o666, bytes: bytes("") }, writable],
  ];
  for (const [change, result] of rows) {
    assertEquals(uidOf("/run/uid", { ...sound, ...change }, user), result);
  }
});

Deno.test("uidOf() passes on why a file can't be read, and calls - stdin", () => {
  const fault: Fault = { code: "ENOENT", message: "there is no such file" };
  assertEquals(uidOf("/run/uid", fault, user), {
    kind: "noinput",
    message: "/run/uid: Cannot read the UID: there is no such file",
  });
  assertEquals(uidOf("a\n\x1b[31m", fault, user), {
    kind: "noinput",
    message: '"a\\n\\u001b[31m": Cannot read the UID: there is no such file',
  });
  assertEquals(uidOf("-", { ...sound, bytes: bytes("") }, user), {
    kind: "noinput",
    message: "stdin: Cannot find a UID: a line with a number is wanted",
  });
});
