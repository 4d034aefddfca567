import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  agentSettings,
  flagOf,
  keyOf,
  sessionSettings,
  variableOf,
} from "./settings.ts";
import { srun } from "../protocol/srun.ts";
import type { Setting } from "../setting.ts";

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
    ["target", "--target", null],
    ["gateway", "-g --gateway", null],
    ["also", "--also", null],
    ["uid", "-u --uid", null],
    ["uid_file", "-U --uid-file", null],
    ["strict_reply", "--strict-reply --no-strict-reply", "true"],
    ["key_file", "--key-file", null],
    ["send", "--send", null],
    ["expect", "--expect", null],
    ["ca_file", "--ca-file", null],
    ["tls_name", "--tls-name", null],
    ["headers_file", "--headers-file", null],
    ["cookie_file", "--cookie-file", null],
    ["interval", "-i --interval", "60s"],
    ["timeout", "-t --timeout", "1s"],
    ["tries", "-n --tries", "3"],
    ["confirm", "--confirm", "2"],
    ["dead_after", "--dead-after", "2s"],
    ["dead_on", "--dead-on", null],
    ["hold", "--hold --no-hold", null],
    ["reply_from", "--reply-from", null],
    ["bind", "-b --bind", null],
    ["family", "--family -4 -6", "auto"],
    ["jitter", "--jitter", "0s"],
    ["tolerate", "--tolerate", "0"],
    ["recover", "--recover", "1"],
    ["count", "--count", null],
    ["give_up_after", "--give-up-after", null],
    ["login", "--login", null],
    ["login_tries", "--login-tries", null],
    ["on_dead", "--on-dead", null],
    ["on_fault", "--on-fault", null],
    ["on_alive", "--on-alive", null],
    ["on_cycle", "--on-cycle", null],
    ["on_fault_after", "--on-fault-after", "0s"],
    ["on_fault_every", "--on-fault-every", null],
    ["hook_timeout", "--hook-timeout", "60s"],
    ["state", "--state", null],
    ["lock_file", "--lock-file", null],
    ["status_file", "--status-file", null],
    ["metrics_file", "--metrics-file", null],
    ["metrics_listen", "--metrics-listen", null],
    ["history_file", "--history-file", null],
    ["log_level", "--log-level -v --verbose", "info"],
    ["log_format", "--log-format", "text"],
    ["log_file", "--log-file", null],
    ["log_max_bytes", "--log-max-bytes", "10MiB"],
    ["log_backups", "--log-backups", "3"],
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

Deno.test("srun.settings reads a UID file's name as it is, unless it is empty", () => {
  const { parse } = srun.settings["uidFile"]!;
  for (const name of ["-", "/run/uid", " ", "a b"]) {
    assertEquals(parse(name), name);
  }
  assertThrows(
    () => parse(""),
    RangeError,
    "expected a file name, e.g. ./file",
  );
});

Deno.test("sessionSettings reads a command as it is, unless it is empty, and a time to wait for it", () => {
  const { parse } = sessionSettings.onDead;
  for (const text of ["log-in dorm && logger 'dorm is back'", " : "]) {
    assertEquals(parse(text), text);
  }
  for (const text of ["", " \t"]) {
    assertThrows(
      () => parse(text),
      RangeError,
      "expected a shell command, e.g. logger lifesign",
    );
  }
  assertThrows(() => sessionSettings.hookTimeout.parse("0s"), RangeError);
});
