import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import { parseFile } from "./file.ts";

/** The keys whose values are commands. */
const isVerbatim = (key: string) => key.startsWith("on_");

function parse(text: string) {
  return parseFile(new TextEncoder().encode(text), isVerbatim);
}

/** Sections as objects, without positions. */
function values(text: string) {
  const { sections, mistakes } = parse(text);
  assertEquals(mistakes, []);
  return Object.fromEntries(
    sections.map(({ name, entries }) => [
      name ?? "",
      Object.fromEntries(entries.map(({ key, text }) => [key, text])),
    ]),
  );
}

/** Mistakes as `LINE:COLUMN: MESSAGE`. */
function mistakes(text: string | Uint8Array): string[] {
  const parsed = typeof text === "string"
    ? parse(text)
    : parseFile(text, isVerbatim);
  return parsed.mistakes.map(({ line, column, message }) =>
    `${line}:${column}: ${message}`
  );
}

Deno.test("parseFile() reads the documented example", () => {
  const text = `# what all sessions share
gateway  = 172.16.202.201     # a comment after white space
interval = 60s

[dorm]                        ; a session: what it has of its own
uid_file = /run/dorm.uid
bind     = eth0.1
on_dead  = log-in dorm >~/dorm; logger "dorm # 1"  # the shell's
`;
  const read = {
    "": { gateway: "172.16.202.201", interval: "60s" },
    dorm: {
      uid_file: "/run/dorm.uid",
      bind: "eth0.1",
      on_dead: `log-in dorm >~/dorm; logger "dorm # 1"  # the shell's`,
    },
  };
  assertEquals(values(text), read);
  assertEquals(values(`\ufeff${text.replaceAll("\n", "\r\n")}`), read);
  assertEquals(values(text.trimEnd()), read);
});

Deno.test("parseFile() reads what pysrun's configuration looks like", () => {
  const text = "# pysrun.cfg\nserver=172.16.202.201 # the gateway\n\nuid=77\n";
  assertEquals(values(text), {
    "": { server: "172.16.202.201", uid: "77" },
  });
});

Deno.test("parseFile() tells values, quotes and comments apart", () => {
  const rows: [line: string, text: string][] = [
    ["a=b", "b"],
    ["  a  =  b  ", "b"],
    ["a=b=c", "b=c"],
    ["a=b#c", "b#c"],
    ["a=b;c", "b;c"],
    ["a=b #c", "b"],
    ["a=b\t;c", "b"],
    ["a= # c", ""],
    ["a=#c", ""],
    ["a=", ""],
    ["a = b c", "b c"],
    ['a = "b # c"', "b # c"],
    ['a = "b" # c', "b"],
    ['a = "" ;', ""],
    ['a = " b "', " b "],
    [String.raw`a = "say \"b\" and \\ or \n"`, String.raw`say "b" and \ or \n`],
    [String.raw`a = b\c`, String.raw`b\c`],
    ["a = 'b'", "'b'"],
    ["a = ü ☃ 𝄞", "ü ☃ 𝄞"],
    ["a = \ufffd\u2028b # \u2028", "\ufffd\u2028b"],
    ['a = "\u00a0b\u00a0"', "\u00a0b\u00a0"],
  ];
  for (const [line, text] of rows) {
    assertEquals(values(line), { "": { a: text } }, line);
  }
});

Deno.test("parseFile() takes the rest of a command's line as it stands", () => {
  const rows = [
    "echo one ; echo two # three",
    '"echo" "a  b"',
    `echo "a`,
    "x=1; [ $x = 1 ] && printf 'a\\tb\\n'",
    "# nothing",
    "echo \u3000 wide \u3000",
    "ends with blanks \t ",
    "",
  ];
  for (const text of rows) {
    assertEquals(values(`on_fault =  ${text}`), { "": { on_fault: text } });
    assertEquals(values(`on_fault=\t${text}\r\n`), { "": { on_fault: text } });
  }
  // In front of it nothing is a blank but blanks.
  assertEquals(mistakes("on_fault =\u3000echo"), [
    "1:11: Cannot use U+3000 as a space: expected the one from the keyboard (U+0020)",
  ]);
  assertEquals(mistakes("on_fault = echo \x07"), [
    "1:17: Cannot read the control character \\x07: expected text",
  ]);
});

Deno.test("parseFile() says where everything stands", () => {
  const { sections } = parse(' a = "b"\n\n  [ä]\n[s]\n\tkey= 𝄞 ');
  const [top, , named] = sections;
  assertEquals(top!.entries[0], {
    key: "a",
    text: "b",
    line: 1,
    column: 2,
    at: { line: 1, column: 6 },
  });
  assertEquals([named!.name, named!.line, named!.column], ["s", 4, 1]);
  assertEquals(named!.entries[0]!.at, { line: 5, column: 7 });
});

Deno.test("parseFile() finds every mistake, and goes on behind it", () => {
  const names = 'of letters, digits, "_", "-", "." and "@", e.g. [dorm]';
  const rows: [text: string, mistakes: string[]][] = [
    ["interval", [
      '1:1: Cannot read "interval": expected KEY = VALUE, e.g. interval = 60s',
    ]],
    ["= 3", [
      '1:1: Cannot read "= 3": expected KEY = VALUE, e.g. interval = 60s',
    ]],
    ["a b = 3", [
      '1:1: Cannot read "a b = 3": expected KEY = VALUE, e.g. interval = 60s',
    ]],
    ['a = "b', [
      '1:5: Cannot find the end of a quote: expected " at the end, e.g. "a b"',
    ]],
    [String.raw`a = "b\"`, [
      '1:5: Cannot find the end of a quote: expected " at the end, e.g. "a b"',
    ]],
    ['a = "b" c', [
      '1:9: Cannot read "c" behind a quote: expected nothing or a comment, e.g. "a b" # comment',
    ]],
    ['a = "b"# c', [
      '1:8: Cannot read "# c" behind a quote: expected nothing or a comment, e.g. "a b" # comment',
    ]],
    ['a = say "b"', [
      '1:9: Cannot read a quote within a value: expected quotes around all of it and \\" inside, e.g. "say \\"hi\\""',
    ]],
    ["a = 1\nb = 2\n a = 3", [
      '3:2: Cannot set "a" twice in a section: expected one value, line 1 sets it',
    ]],
    ["[s]\na = 1\n[t]\na = 1\n[s]", [
      "5:1: Cannot begin [s] again: expected one section of that name, line 1 begins it",
    ]],
    ["[a b]\n[]\n[c", [
      `1:1: Cannot read "[a b]": expected [NAME] ${names}`,
      `2:1: Cannot read "[]": expected [NAME] ${names}`,
      `3:1: Cannot read "[c": expected [NAME] ${names}`,
    ]],
    ["[a] b\na = 1\n[?]\na = 1", [
      `1:1: Cannot read "[a] b": expected [NAME] ${names}`,
      `3:1: Cannot read "[?]": expected [NAME] ${names}`,
    ]],
    ["a = 1\0\nb\n\x1bc = 2", [
      "1:6: Cannot read the control character \\x00: expected text",
      '2:1: Cannot read "b": expected KEY = VALUE, e.g. interval = 60s',
      "3:1: Cannot read the control character \\x1b: expected text",
    ]],
    ["a = 1\rb = 2", [
      "1:6: Cannot read the control character \\x0d: expected text",
    ]],
  ];
  for (const [text, expected] of rows) {
    assertEquals(mistakes(text), expected, text);
  }
  assertEquals(mistakes(Uint8Array.of(0x61, 0x3d, 0xc3, 0x0a, 0x62)), [
    "1:3: Cannot read a byte: expected UTF-8, e.g. from `iconv -f LATIN1 -t UTF-8`",
    '2:1: Cannot read "b": expected KEY = VALUE, e.g. interval = 60s',
  ]);
});

Deno.test("parseFile() reads any text in quotes", () => {
  const alphabet = [..." \t\"\\#;=[]'ab\u00fc\u{1d11e}-0"];
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const text = Array.from(
      { length: below(8) },
      () => alphabet[below(alphabet.length)],
    ).join("");
    const quoted = `"${text.replace(/["\\]/g, "\\$&")}"`;
    assertEquals(values(`[s]\na = ${quoted}`)["s"], { a: text }, quoted);
  }
});

Deno.test("parseFile() gives sections or positioned mistakes for any bytes", () => {
  const alphabet = new TextEncoder().encode('a=[]"\\#; \n\r\t\0ü');
  for (let seed = 1; seed <= 5000; seed++) {
    const random = seededRandom(seed);
    const bytes = Uint8Array.from(
      { length: Math.floor(random() * 60) },
      () =>
        random() < 0.8
          ? alphabet[Math.floor(random() * alphabet.length)]!
          : Math.floor(random() * 256),
    );
    const { sections, mistakes } = parseFile(bytes, isVerbatim);
    const lines = new TextDecoder().decode(bytes).split("\n");
    for (const { line, column, message } of mistakes) {
      assert(line >= 1 && line <= lines.length, `seed ${seed}`);
      assert(column >= 1 && column <= lines[line - 1]!.length + 1);
      assert(/^Cannot .+: (.+, )?expected /.test(message), message);
    }
    assertEquals(sections[0]!.name, null);
  }
});

Deno.test("parseFile() reads the longest lines there can be", () => {
  const long = 2_000_000;
  assertEquals(values(`a = "${"x".repeat(long)}"`)[""]!["a"]!.length, long);
  assertEquals(values(`a = b${" ".repeat(long)}c`)[""]!["a"]!.length, long + 2);
  assertEquals(values(`a = b${" #".repeat(long)}`), { "": { a: "b" } });
  assertEquals(mistakes(`a = "${"\\".repeat(long)}`).length, 1);
  assertEquals(mistakes("a".repeat(long)).length, 1);
});

Deno.test("parseFile() keeps a terminal's controls out of its messages", () => {
  for (
    const { message } of parse("[x\u202e]\ny\u202ez\na = \x9b31m").mistakes
  ) {
    assert(!/\p{C}/u.test(message), message);
  }
});

Deno.test("parseFile() reads the names of sections", () => {
  const names = ["dorm", "a.b", "a@b", "lab-2", "x_1"];
  const read = values(names.map((name) => `[${name}]\n`).join(""));
  assertEquals(Object.keys(read), ["", ...names]);
  const wrong = ["", "a b", "a]", "ü", "a=b", "#"];
  assertEquals(wrong.filter((name) => mistakes(`[${name}]`).length !== 1), []);
});

Deno.test("parseFile() names white space that is no blank, where it stands around words, and goes on", () => {
  const wide = "\u3000";
  const rows: [text: string, found: string | null, entry: string][] = [
    [`gateway${wide}=${wide}127.0.0.1`, "1:8 U+3000", "gateway=127.0.0.1"],
    [`${wide}a = b`, "1:1 U+3000", "a=b"],
    [`a =\xa0b`, "1:4 U+00A0", "a=b"],
    [`a = b${wide}`, "1:6 U+3000", "a=b"],
    [`a = b${wide} # c`, "1:6 U+3000", "a=b"],
    [`a = b ${wide}; c`, "1:7 U+3000", "a=b"],
    [`a = "b"\u200b`, "1:8 U+200B", "a=b"],
    [`a = "b"${wide}# c`, "1:8 U+3000", "a=b"],
    [`a\ufeff= b`, "1:2 U+FEFF", "a=b"],
    [`会😀${wide}= b`, "1:3 U+3000", "会😀=b"],
    [`${wide}${wide}`, "1:1 U+3000", ""],
    [`a = b${wide}c`, null, `a=b${wide}c`],
    [`a = "${wide}b\\"${wide}"`, null, `a=${wide}b"${wide}`],
    [`a = b # ${wide}c${wide}`, null, "a=b"],
    [`# ${wide}`, null, ""],
    [`a = 会${wide}话 # x${wide}# y`, null, `a=会${wide}话`],
  ];
  for (const [text, found, entry] of rows) {
    const { mistakes, sections } = parse(text);
    const told = mistakes.map(({ line, column, message }) =>
      `${line}:${column} ${/U\+[0-9A-F]{4}/.exec(message)}`
    );
    assertEquals(told, found === null ? [] : [found], text);
    const entries = sections[0]!.entries.map(({ key, text }) =>
      `${key}=${text}`
    );
    assertEquals(entries.join(), entry, text);
  }
});
