import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { bold, dim, green, red, stripAnsiCode, yellow } from "@std/fmt/colors";
import { signatures } from "./std_types.ts";

Deno.test("signatures are known for each function that is tried here, and never any", () => {
  const tried = [
    ...[assert, assertEquals, assertMatch, assertNotEquals],
    ...[assertNotMatch, assertNotStrictEquals, assertRejects],
    ...[assertStrictEquals, assertStringIncludes, assertThrows],
    ...[bold, dim, green, parseArgs, red, stripAnsiCode, yellow],
  ].map(({ name }) => name);
  assertEquals([...signatures.keys()].toSorted(), tried.toSorted());
  for (const signature of [...signatures.values()].flat()) {
    assertNotMatch(signature.replaceAll("any[]", ""), /\bany\b/);
  }
});

Deno.test("signatures have the types of the real packages", async () => {
  // `deno check` fails if a line below an expected error has none, with the
  // packages of JSR as with those of npm.
  const word: string | undefined = ["word"][0];
  assert(word !== undefined);
  isString(word);
  const thing: unknown = "thing";
  assertStrictEquals(thing, "thing" as string);
  isString(thing);

  // @ts-expect-error: a number and a text can never be equal
  assertThrows(() => assertEquals(1, "1"));
  // @ts-expect-error: neither can two texts of which none is expected
  assertNotEquals<"a" | "b">("a", "c");
  // @ts-expect-error: the message is a text
  assertNotStrictEquals({}, {}, 1);
  // @ts-expect-error: the part is a text
  assertStringIncludes("1", 1);
  // @ts-expect-error: the pattern is no text
  assertThrows(() => assertMatch("word", "word"));
  // @ts-expect-error: the pattern is no text
  assertThrows(() => assertNotMatch("word", "word"));

  const fail = () => {
    throw new RangeError("far");
  };
  const error: RangeError = assertThrows(fail, RangeError, "far", "message");
  assertEquals(error.message, "far");
  // @ts-expect-error: without a class, what was thrown is unknown
  assertThrows(fail).message;
  // @ts-expect-error: the class is no text
  void (() => assertThrows(fail, "RangeError", "far"));
  const reject = () => Promise.reject(new RangeError("far"));
  const reason: RangeError = await assertRejects(reject, RangeError, "far");
  assertEquals(reason.message, "far");
  // @ts-expect-error: without a class, what was thrown is unknown
  (await assertRejects(reject)).message;

  for (const color of [bold, dim, green, red, yellow]) {
    const text: string = stripAnsiCode(color("text"));
    assertEquals(text, "text");
    // @ts-expect-error: only text has a colour
    void (() => color(1));
  }

  const args = parseArgs(["--name=n", "--list=1", "--loud", "word"], {
    string: ["name", "list", "size"],
    boolean: ["loud"],
    collect: ["list"],
    default: { size: "1" },
  });
  const { name, list, loud, size, _: rest }: {
    name?: string;
    list: string[];
    loud: boolean;
    size: string;
    _: (string | number)[];
  } = args;
  assertEquals([name, size], ["n", "1"]);
  assertEquals([list, loud, rest], [["1"], true, ["word"]]);
  // @ts-expect-error: a flag without a default may be absent
  args.name.length;
  // @ts-expect-error: a switch is no text
  args.loud === "true";
  // @ts-expect-error: what is collected is a list
  args.list === "1";
});

function isString(_text: string): void {}
