import { assertEquals, assertThrows } from "@std/assert";
import { environmentLayer, type Layer, resolve } from "./layers.ts";
import { quote } from "./quote.ts";
import { mistakesOf, type Origin } from "./origin.ts";
import { sessionSettings } from "./settings.ts";
import { duration, integer } from "../parsers.ts";
import { uid } from "../protocol/srun.ts";
import type { SettingsTable } from "../setting.ts";

interface Example {
  readonly uid: string | null;
  readonly uidFile: string | null;
  readonly tries: number;
  readonly giveUpAfter: number | null;
}

const table: SettingsTable<Example> = {
  uid: { value: "N", parse: uid, default: null, help: "" },
  uidFile: { value: "FILE", parse: (text) => text, default: null, help: "" },
  tries: { value: "N", parse: integer(1, 9), default: "3", help: "" },
  giveUpAfter: { value: "TIME", parse: duration(1), default: null, help: "" },
};

/** A layer in which each text stands at its key. */
function layer(name: string, texts: Readonly<Record<string, string>>): Layer {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      { text, origin: { type: "flag", name: `${name}.${key}` } },
    ]),
  );
}

/** What two layers resolve to: values, or messages. */
function both(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): Partial<Example> | readonly string[] {
  const resolved = resolve(table, [layer("a", first), layer("b", second)]);
  return "findings" in resolved
    ? mistakesOf(resolved.findings).map(({ message }) => message)
    : resolved.settings;
}

const defaults = { uid: null, uidFile: null, tries: 3, giveUpAfter: null };

Deno.test("environmentLayer() reads the table's variables and no others", () => {
  const environment: Record<string, string> = {
    LIFESIGN_UID: "5",
    LIFESIGN_GIVE_UP_AFTER: "",
    LIFESIGN_TIMEOUT: "1s",
    UID: "1000",
  };
  assertEquals(environmentLayer(table, (name) => environment[name]), {
    uid: { text: "5", origin: { type: "environment", name: "LIFESIGN_UID" } },
    giveUpAfter: {
      text: "",
      origin: { type: "environment", name: "LIFESIGN_GIVE_UP_AFTER" },
    },
  });
});

Deno.test("resolve() takes a setting from the last layer that has it, else its default", () => {
  assertEquals(both({}, {}), defaults);
  assertEquals(both({ tries: "4" }, {}), { ...defaults, tries: 4 });
  assertEquals(both({ tries: "4" }, { tries: "5" }), { ...defaults, tries: 5 });
  assertEquals(both({ tries: "4" }, { giveUpAfter: "1m" }), {
    ...defaults,
    tries: 4,
    giveUpAfter: 60_000,
  });
});

Deno.test("resolve() says where each setting comes from", () => {
  const resolved = resolve(table, [
    layer("a", { tries: "4", uid: "1" }),
    layer("b", { tries: "5" }),
  ]);
  const { tries, uid, giveUpAfter } = resolved.origins;
  assertEquals(
    [tries, uid, giveUpAfter],
    [
      { text: "5", origin: { type: "flag", name: "b.tries" } },
      { text: "1", origin: { type: "flag", name: "a.uid" } },
      undefined,
    ],
  );
});

Deno.test("resolve() lets uid and uid_file displace each other between layers, not within one", () => {
  const rows: [
    first: Record<string, string>,
    second: Record<string, string>,
    uid: string | null,
    uidFile: string | null,
  ][] = [
    [{ uid: "1" }, { uidFile: "f" }, null, "f"],
    [{ uidFile: "f" }, { uid: "1" }, "1", null],
    [{ uid: "1", uidFile: "f" }, { uid: "2" }, "2", null],
    [{ uid: "1", uidFile: "f" }, { uidFile: "g" }, null, "g"],
    [{ uid: "1", uidFile: "f" }, {}, "1", "f"],
    [{}, { uid: "1", uidFile: "f" }, "1", "f"],
    [{ uid: "1" }, { uid: "2", uidFile: "f" }, "2", "f"],
    [{ uid: "not read" }, { uidFile: "f" }, null, "f"],
  ];
  for (const [first, second, uid, uidFile] of rows) {
    assertEquals(both(first, second), { ...defaults, uid, uidFile });
  }
});

Deno.test("resolve() reports all mistakes in the table's order, each where it stands", () => {
  assertEquals(
    both({ giveUpAfter: "60", tries: "x" }, { uid: "-2", tries: "0" }),
    [
      'b.uid: Cannot read "-2": expected any number but -2, which means a dead session, e.g. 123456',
      'b.tries: Cannot read "0": expected a whole number from 1 to 9, e.g. 3',
      'a.giveUpAfter: Cannot read "60": expected a duration with a unit, e.g. 60s, 500ms or 1h30m',
    ],
  );
});

Deno.test("resolve() says what to write in place of a URL, where it stands", () => {
  const flag: Origin = { type: "flag", name: "--gateway" };
  const variable: Origin = { type: "environment", name: "LIFESIGN_GATEWAY" };
  const line: Origin = { type: "file", file: "/f", line: 4, column: 11 };
  const rows: [text: string, origin: Origin, message: string][] = [
    [
      "http://172.16.1.1",
      flag,
      '--gateway: "http://172.16.1.1" is a URL: use --gateway 172.16.1.1',
    ],
    [
      "https://me:secret@gw.example:8080/login",
      variable,
      'LIFESIGN_GATEWAY: "https://***@gw.example:8080/login" is a URL: use LIFESIGN_GATEWAY=gw.example',
    ],
    [
      "http://gw.example/",
      line,
      '/f:4:11: "http://gw.example/" is a URL: use gateway = gw.example',
    ],
    [
      "srun://gw.example:3336",
      flag,
      '--gateway: "srun://gw.example:3336" is a URL: use --gateway gw.example:3336 (or --target srun://gw.example:3336)',
    ],
    [
      "srun://gw.example/",
      line,
      '/f:4:11: "srun://gw.example/" is a URL: use gateway = gw.example (or target = srun://gw.example)',
    ],
    [
      "http://[2001:db8::1]/",
      flag,
      `--gateway: "http://[2001:db8::1]/" is a URL: use --gateway '[2001:db8::1]'`,
    ],
  ];
  for (const [text, origin, message] of rows) {
    const resolved = resolve(sessionSettings, [{ gateway: { text, origin } }]);
    const findings = "findings" in resolved ? resolved.findings : [];
    assertEquals(mistakesOf(findings), [{ kind: "config", message }], text);
  }
});

Deno.test("resolve() reads no text that a later layer replaces", () => {
  assertEquals(both({ tries: "x" }, { tries: "5" }), { ...defaults, tries: 5 });
});

Deno.test("resolve() passes on what is no user's mistake", () => {
  const broken: SettingsTable<{ a: number }> = {
    a: {
      parse: () => {
        throw new TypeError("a bug");
      },
      default: "1",
      help: "",
    },
  };
  assertThrows(() => resolve(broken, []), TypeError, "a bug");
});

Deno.test("quote() keeps text on one line and away from a terminal's controls", () => {
  const rows: [text: string, quoted: string][] = [
    ["", '""'],
    ["a b", '"a b"'],
    ['"\\', '"\\"\\\\"'],
    ["a\nb\r\t", '"a\\nb\\r\\t"'],
    ["\x1b[31m\x07", '"\\u001b[31m\\u0007"'],
    ["\x7f\x9b31m", '"\\u007f\\u009b31m"'],
    ["\u2028\u2029", '"\\u2028\\u2029"'],
    ["\u202eabc\u2066\u200f", '"\\u202eabc\\u2066\\u200f"'],
    ["a\u3000b\xa0c\u2003", '"a\\u3000b\\u00a0c\\u2003"'],
    ["ü€😀", '"ü€😀"'],
    ["\ud83d", '"\\ud83d"'],
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}…"`],
  ];
  for (const [text, quoted] of rows) assertEquals(quote(text), quoted);
});
