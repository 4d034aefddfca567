import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import type { Fault, FileContent } from "../world.ts";
import { identityIn } from "./identity_file.ts";

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
  return identityIn("/run/uid", { ...sound, bytes: bytes(text) }, {
    protocol: srun,
    user,
  });
}

Deno.test("identityIn() reads the first line that is a number", () => {
  const rows: [text: string, uid: string][] = [
    ["77", "77"],
    ["77\n", "77"],
    ["77\r\n", "77"],
    ["\ufeff77\r\n", "77"],
    ["  77\t\n", "77"],
    ["\n\n# a comment\nuid of dorm\n77\n78\n", "77"],
    ["# 5\nuid=6\n7 8\n12abc\n0x9\n77\n", "77"],
    ["+5", "5"],
    ["-1", "-1"],
    ["0", "0"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["9223372036854775807\n-2\n", "9223372036854775807"],
  ];
  for (const [text, uid] of rows) {
    assertEquals(
      read(text),
      { identity: uid, warning: null },
      JSON.stringify(text),
    );
  }
});

Deno.test("identityIn() finds no UID where there is none", () => {
  const none = "Cannot find a UID: expected a line with a number, e.g. 123456";
  const dead =
    'Cannot use "-2": expected any number but -2, which means a dead session, e.g. 123456';
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
      'Cannot use "***08": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
    ],
    [
      "99999999999999999999\n77",
      'Cannot use "***99": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
    ],
  ];
  for (const [text, message] of rows) {
    assertEquals(read(text), {
      kind: "noinput",
      message: `/run/uid: ${message}`,
      isVacant: true,
    });
  }
});

Deno.test("identityIn() trusts root's and the user's files that nobody else can write", () => {
  const trusted = { identity: "77", warning: null };
  const readable = {
    identity: "77",
    warning:
      "/run/uid: others can read the UID, `chmod go-r /run/uid` fixes that",
  };
  const writable = {
    kind: "config",
    message:
      "/run/uid: Cannot trust the UID: others can write the file, `chmod go-w /run/uid` fixes that",
    isVacant: false,
  };
  const foreign = {
    kind: "config",
    message:
      "/run/uid: Cannot trust the UID: the file belongs to user 1001, expected root or user 1000",
    isVacant: false,
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
    assertEquals(
      identityIn("/run/uid", { ...sound, ...change }, { protocol: srun, user }),
      result,
    );
  }
});

Deno.test("identityIn() passes on why a file can't be read, and calls - stdin", () => {
  const fault: Fault = { code: "ENOENT", message: "there is no such file" };
  assertEquals(identityIn("/run/uid", fault, { protocol: srun, user }), {
    kind: "noinput",
    message: "/run/uid: Cannot read the UID: there is no such file",
    isVacant: true,
  });
  assertEquals(identityIn("a\n\x1b[31m", fault, { protocol: srun, user }), {
    kind: "noinput",
    message: '"a\\n\\u001b[31m": Cannot read the UID: there is no such file',
    isVacant: true,
  });
  assertEquals(
    identityIn("-", { ...sound, bytes: bytes("") }, { protocol: srun, user }),
    {
      kind: "noinput",
      message:
        "stdin: Cannot find a UID: expected a line with a number, e.g. 123456",
      isVacant: true,
    },
  );
});
