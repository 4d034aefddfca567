import { assertEquals } from "@std/assert";
import { agentSettings, sessionSettings } from "../config/settings.ts";
import { parseArguments } from "./arguments.ts";
import type { Setting } from "../setting.ts";

const many: Setting<string> = {
  value: "N",
  repeatable: true,
  parse: (text) => text,
  default: null,
  help: "",
};

const grammar = {
  settings: { ...sessionSettings, ...agentSettings, many },
  switches: [
    { flag: "--json", help: "" },
    { flag: "--quiet", short: "-q", help: "" },
  ],
};

/** What a command line holds, in short: settings as `name=text`, switches and operands as they are. */
function read(...args: string[]) {
  const { layer, switches, operands, mistakes } = parseArguments(args, grammar);
  return {
    texts: Object.entries(layer).map(([name, text]) => `${name}=${text?.text}`),
    switches: [...switches],
    operands,
    mistakes: mistakes.map(({ kind, message }) => `${kind}: ${message}`),
  };
}

const nothing = { texts: [], switches: [], operands: [], mistakes: [] };

/** Splits a command line at its spaces. */
const words = (line: string) => line.split(" ");

Deno.test("parseArguments() reads a value in every spelling", () => {
  const rows: [args: string[], ...texts: string[]][] = [
    [["--timeout", "500ms"], "timeout=500ms"],
    [["--timeout=500ms"], "timeout=500ms"],
    [["-t", "500ms"], "timeout=500ms"],
    [["-t500ms"], "timeout=500ms"],
    [["-t=500ms"], "timeout=500ms"],
    [["--uid=-5"], "uid=-5"],
    [["-u=-5"], "uid=-5"],
    [["-u-5"], "uid=-5"],
    [["--uid", ""], "uid="],
    [["--uid="], "uid="],
    [["-u", ""], "uid="],
    [["--uid-file", "-"], "uidFile=-"],
    [["--uid-file=-"], "uidFile=-"],
    [["-U", "-"], "uidFile=-"],
    [["-U-"], "uidFile=-"],
    [["-U=-"], "uidFile=-"],
    [["--uid-file", "a=b"], "uidFile=a=b"],
    [["--uid-file=a=b"], "uidFile=a=b"],
    [["-Ua=b"], "uidFile=a=b"],
    [["--uid-file==a"], "uidFile==a"],
    [["--uid-file", "a b\nc"], "uidFile=a b\nc"],
    [["--uid-file", "true"], "uidFile=true"],
    [["-U", "007"], "uidFile=007"],
    [["-4"], "family=4"],
    [["-6"], "family=6"],
    [["--no-strict-reply"], "strictReply=false"],
    [["-v"], "logLevel=debug"],
    [["--verbose"], "logLevel=debug"],
    [["--log-level", "warn"], "logLevel=warn"],
    [["-g", "gw", "-u77", "-n", "2"], "gateway=gw", "uid=77", "tries=2"],
  ];
  for (const [args, ...texts] of rows) {
    assertEquals(read(...args), { ...nothing, texts }, args.join(" "));
  }
});

Deno.test("parseArguments() reads switches and what follows them", () => {
  const rows: [line: string, expected: Partial<typeof nothing>][] = [
    ["--json", { switches: ["--json"] }],
    ["-q", { switches: ["--quiet"] }],
    ["-q -q --quiet", { switches: ["--quiet"] }],
    ["-q4", { switches: ["--quiet"], texts: ["family=4"] }],
    ["-4q", { switches: ["--quiet"], texts: ["family=4"] }],
    ["-qt500ms", { switches: ["--quiet"], texts: ["timeout=500ms"] }],
    ["-qt 500ms", { switches: ["--quiet"], texts: ["timeout=500ms"] }],
    ["-qv4u-5", {
      switches: ["--quiet"],
      texts: ["uid=-5", "family=4", "logLevel=debug"],
    }],
    ["--json true", { switches: ["--json"], operands: ["true"] }],
    ["--json false", { switches: ["--json"], operands: ["false"] }],
    ["-q dorm", { switches: ["--quiet"], operands: ["dorm"] }],
    ["--no-strict-reply true", {
      texts: ["strictReply=false"],
      operands: ["true"],
    }],
  ] as [string, Partial<typeof nothing>][];
  for (const [line, expected] of rows) {
    assertEquals(read(...words(line)), { ...nothing, ...expected }, line);
  }
});

Deno.test("parseArguments() keeps operands in their order, as they are", () => {
  const rows: [args: string[], operands: string[], texts?: string[]][] = [
    [[], []],
    [["--"], []],
    [["dorm", "lab"], ["dorm", "lab"]],
    [["12", "007", "1e3"], ["12", "007", "1e3"]],
    [["", " "], ["", " "]],
    [["-"], ["-"]],
    [["dorm", "-n", "2", "lab"], ["dorm", "lab"], ["tries=2"]],
    [["dorm", "--", "-n", "2"], ["dorm", "-n", "2"]],
    [["--", "--", "--json"], ["--", "--json"]],
    [["-n2", "--", "lab"], ["lab"], ["tries=2"]],
    [["constructor", "__proto__"], ["constructor", "__proto__"]],
  ];
  for (const [args, operands, texts = []] of rows) {
    assertEquals(read(...args), { ...nothing, operands, texts });
  }
});

Deno.test("parseArguments() says where a text stands, by its long flag", () => {
  const rows: [line: string, setting: string, text: string, name: string][] = [
    ["-n2", "tries", "2", "--tries"],
    ["--tries=2", "tries", "2", "--tries"],
    ["-6", "family", "6", "-6"],
    ["--verbose", "logLevel", "debug", "--verbose"],
  ];
  for (const [line, setting, text, name] of rows) {
    const { layer } = parseArguments(words(line), grammar);
    assertEquals(layer[setting], { text, origin: { type: "flag", name } });
  }
});

Deno.test("parseArguments() needs a value, with = if it begins with a hyphen", () => {
  const missing = (flag: string, example = "123456") =>
    `usage: ${flag} needs a value, e.g. ${flag} ${example}`;
  const hinting = (flag: string, example?: string) =>
    `${missing(flag, example)}; a value that begins with "-" needs "=", ` +
    `e.g. ${flag}=-5`;
  const rows: [line: string, ...mistakes: string[]][] = [
    ["--uid", missing("--uid")],
    ["-u", missing("-u")],
    ["--uid -5", hinting("--uid")],
    ["-u -5", hinting("-u")],
    ["-qu", missing("-u")],
    ["--uid --json", hinting("--uid")],
    ["--uid -- 5", missing("--uid")],
    ["--uid -5 --uid -5", hinting("--uid"), hinting("--uid")],
    [
      "--uid-file --uid",
      hinting("--uid-file", "/run/lifesign.uid"),
      missing("--uid"),
    ],
    [
      "-5 --uid -5",
      'usage: lifesign: Cannot use "-5": there is no such flag here',
      hinting("--uid"),
    ],
    ["-g", missing("-g", "172.16.202.201")],
    ["--tries", missing("--tries", "3")],
    ["--on-dead", missing("--on-dead", "'logger lifesign'")],
  ];
  for (const [line, ...mistakes] of rows) {
    assertEquals(read(...words(line)).mistakes, mistakes, line);
  }
  assertEquals(read("--uid", "--json").switches, ["--json"]);
  assertEquals(
    [...parseArguments(["-g", "x", "-U", "-u"], grammar).incomplete],
    ["uidFile", "uid"],
  );
});

Deno.test("parseArguments() wants no value where none belongs", () => {
  const needless = (flag: string) =>
    `usage: ${flag}: Cannot take a value: expected ${flag} alone`;
  for (
    const [arg, flag] of [
      ["--json=yes", "--json"],
      ["--json=true", "--json"],
      ["--json=", "--json"],
      ["-q=1", "-q"],
      ["-4=6", "-4"],
      ["--no-strict-reply=false", "--no-strict-reply"],
    ] as const
  ) {
    assertEquals(read(arg).mistakes, [needless(flag)], arg);
  }
});

Deno.test("parseArguments() refuses each unknown flag once, and names the nearest", () => {
  const none = (word: string, question = "") =>
    `usage: lifesign: Cannot use "${word}": there is no such flag here${question}`;
  const rows: [line: string, ...mistakes: string[]][] = [
    ["--tires 5", none("--tires", '; did you mean "--tries"?')],
    ["--tires=5", none("--tires", '; did you mean "--tries"?')],
    ["--jsno", none("--jsno", '; did you mean "--json"?')],
    ["-json", none("-json", '; did you mean "--json"?')],
    [
      "--stict-reply",
      none("--stict-reply", '; did you mean "--strict-reply"?'),
    ],
    ["--foo --foo --foo=1", none("--foo")],
    ["--foo -x --bar", none("--foo"), none("-x"), none("--bar")],
    ["-xyz", none("-xyz")],
    ["-qxq", none("-xq")],
    ["-5", none("-5")],
    ["---", none("---")],
    ["--=5", none("--")],
    ["--JSON", none("--JSON")],
    ["-_", none("-_")],
    ["--_=x y z", none("--_")],
    ["--uid.x=5", none("--uid.x", '; did you mean "--uid"?')],
    ["--__proto__=x", none("--__proto__")],
    ["--constructor", none("--constructor")],
  ];
  for (const [line, ...mistakes] of rows) {
    assertEquals(read(...words(line)).mistakes, mistakes, line);
  }
});

Deno.test("parseArguments() knows letters behind one hyphen only, and long names behind two", () => {
  for (const flag of ["--4", "--6", "--v", "--q", "--g=gw", "--u=5"]) {
    const { texts, switches, mistakes } = read(flag);
    const [name] = flag.split("=");
    assertEquals({ texts, switches }, { texts: [], switches: [] }, flag);
    assertEquals(
      mistakes.map((line) => line.split(":").slice(0, 3).join(":")),
      [`usage: lifesign: Cannot use "${name}"`],
    );
  }
});

Deno.test("parseArguments() takes what follows an unknown long flag for its value", () => {
  assertEquals(read("--tires", "5", "dorm").operands, ["dorm"]);
  assertEquals(read("--tires=5", "dorm").operands, ["dorm"]);
  assertEquals(read("--tires", "--json").switches, ["--json"]);
});

Deno.test("parseArguments() does not choose between two texts of one setting", () => {
  const choose = (flag: string, rivals: string) =>
    `config: ${flag}: Cannot choose between ${rivals}: expected only one of them`;
  const rows: [line: string, ...mistakes: string[]][] = [
    ["-u 5 --uid=5"],
    ["-4 -4"],
    ["-v --verbose --log-level debug"],
    ["-u5 --uid 6", choose("--uid", "two values")],
    ["-u5 -u 05", choose("--uid", "two values")],
    ["-4 -6", choose("-6", "-4 and -6")],
    ["-6 -4", choose("-6", "-4 and -6")],
    ["-v --log-level=info", choose("-v", "--log-level and -v")],
  ];
  for (const [line, ...mistakes] of rows) {
    assertEquals(read(...words(line)).mistakes, mistakes, line);
  }
});

Deno.test("parseArguments() joins the texts of a flag that may be repeated", () => {
  const rows: [line: string, text: string][] = [
    ["--many 1", "1"],
    ["--many 1 --many=2 --many 3", "1,2,3"],
    ["--many 1,2 --many 3", "1,2,3"],
  ];
  for (const [line, text] of rows) {
    assertEquals(read(...words(line)), { ...nothing, texts: [`many=${text}`] });
  }
});

Deno.test("parseArguments() takes an operand with :// as the target", () => {
  assertEquals(read("dorm", "srun://gw", "--json"), {
    ...nothing,
    texts: ["target=srun://gw"],
    switches: ["--json"],
    operands: ["dorm"],
  });
  assertEquals(read("srun://a", "srun://b").mistakes, [
    'config: target: Cannot choose between "srun://a" and "srun://b": expected only one of them',
  ]);
  assertEquals(read("srun://b", "--target", "srun://a").mistakes, [
    'config: target: Cannot choose between --target and "srun://b": expected only one of them',
  ]);
});

Deno.test("parseArguments() takes no password in a target, and leaves commands alone", () => {
  const refused = (place: string) => [
    `usage: ${place}: Cannot take a password in a URL: others see it in the process list, expected it in a file, e.g. --headers-file FILE`,
  ];
  const secret = "srun://me:secret@gw";
  assertEquals(read(secret), { ...nothing, mistakes: refused("target") });
  assertEquals(read("--target", secret), {
    ...nothing,
    mistakes: refused("--target"),
  });
  assertEquals(read("--also", `srun://a,${secret}`), {
    ...nothing,
    mistakes: refused("--also"),
  });
  const hook = "curl http://me:secret@gw/";
  assertEquals(read("--on-dead", hook), {
    ...nothing,
    texts: [`onDead=${hook}`],
  });
});
