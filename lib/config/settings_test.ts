import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  agentSettings,
  flagOf,
  keyOf,
  sessionSettings,
  type Setting,
  variableOf,
} from "./settings.ts";

const rows: [string, Setting<unknown>][] = Object.entries({
  ...sessionSettings,
  ...agentSettings,
});

Deno.test("flagOf(), keyOf() and variableOf() spell a setting's name", () => {
  const spelled: [string, string, string, string][] = [
    ["uid", "--uid", "uid", "LIFESIGN_UID"],
    ["uidFile", "--uid-file", "uid_file", "LIFESIGN_UID_FILE"],
    [
      "giveUpAfter",
      "--give-up-after",
      "give_up_after",
      "LIFESIGN_GIVE_UP_AFTER",
    ],
  ];
  for (const [setting, ...spellings] of spelled) {
    assertEquals(
      [flagOf(setting), keyOf(setting), variableOf(setting)],
      spellings,
    );
  }
});

Deno.test("sessionSettings and agentSettings have the documented flags and defaults", () => {
  const table = rows.map((
    [setting, { short, switches, value, default: text }],
  ) => [
    keyOf(setting),
    [short, value && flagOf(setting), ...Object.keys(switches ?? {})]
      .filter(Boolean).join(" "),
    text,
  ]);
  assertEquals(table, [
    ["gateway", "-g --gateway", null],
    ["uid", "-u --uid", null],
    ["uid_file", "-U --uid-file", null],
    ["interval", "-i --interval", "60s"],
    ["timeout", "-t --timeout", "1s"],
    ["tries", "-n --tries", "3"],
    ["confirm", "--confirm", "2"],
    ["bind", "-b --bind", null],
    ["family", "--family -4 -6", "auto"],
    ["jitter", "--jitter", "0s"],
    ["strict_reply", "--strict-reply --no-strict-reply", "true"],
    ["tolerate", "--tolerate", "0"],
    ["count", "--count", null],
    ["give_up_after", "--give-up-after", null],
    ["state", "--state", null],
    ["lock_file", "--lock-file", null],
    ["log_level", "--log-level -v --verbose", "info"],
  ]);
});

Deno.test("sessionSettings and agentSettings can read their own defaults and switches", () => {
  for (const [setting, { parse, default: text, switches }] of rows) {
    const texts = Object.values(switches ?? {});
    if (text !== null) texts.push(text);
    for (const text of texts) {
      assert(parse(text) !== undefined, `${setting}: ${text}`);
    }
  }
});

Deno.test("sessionSettings reads a UID file's name as it is, unless it is empty", () => {
  const { parse } = sessionSettings.uidFile;
  for (const name of ["-", "/run/uid", " ", "a b"]) {
    assertEquals(parse(name), name);
  }
  assertThrows(
    () => parse(""),
    RangeError,
    "a file name is wanted",
  );
});
