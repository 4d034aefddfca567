import { assert, assertStringIncludes } from "@std/assert";
import { hookEnvironment } from "../run/observers/hook_turns.ts";
import {
  agentSettings,
  fileSettings,
  keyOf,
  sessionSettings,
  variableOf,
} from "../config/settings.ts";
import { exitCodes } from "../exit_code.ts";
import { commands } from "./commands.ts";
import type { Command } from "./invocation.ts";
import { srun } from "../protocol/srun.ts";
import { manual } from "./manual.ts";
import { escape } from "./mdoc.ts";

const page = manual(commands);

Deno.test("manual() tells of every command, setting, exit code and variable", () => {
  for (const { name, isUnlisted } of commands) {
    const title = `\n.Ss ${escape(name)}\n`;
    assert(page.includes(title) === (isUnlisted !== true), name);
  }
  const settings = { ...sessionSettings, ...agentSettings };
  for (const setting of Object.keys(settings)) {
    assertStringIncludes(page, `\n.It Ic ${keyOf(setting)} , Fl `);
  }
  for (const setting of Object.keys({ ...settings, ...fileSettings })) {
    assertStringIncludes(page, ` , Ev ${variableOf(setting)}\n`);
  }
  for (const { code } of exitCodes) {
    assert(new RegExp(`\n\\.It ${code}( [A-Z]+)?\n`).test(page), `${code}`);
  }
  const variables = hookEnvironment(
    "dead",
    { from: "none", to: "dead" },
    { name: "", gateway: "", since: 0 },
  );
  for (const name of Object.keys(variables)) {
    assertStringIncludes(page, `Ev ${name} `.trimEnd());
  }
});

Deno.test("manual() explains flags of a command's own there, and names those of settings", () => {
  const { tries, count } = sessionSettings;
  const uid = srun.settings["uid"]!;
  const example: Command = {
    name: "say",
    operands: "now|later [WORD…] [COMMAND|man]",
    summary: "say something",
    details: "It says\nso. Loudly:\n\n  now    -x\n  later  .y",
    settings: { uid: { ...uid, help: "who says it" }, tries, count },
    switches: [{ flag: "--json", help: "JSON…" }],
    run: () => Promise.resolve(0 as const),
  };
  const page = manual([example]);
  assertStringIncludes(
    page,
    `
.Nm
.Cm say
.Op Ar flag ...
.Cm now | later
.Op Ar WORD ...
.Op Ar COMMAND | Cm man
.Nm
.Fl \\-version
`,
  );
  assertStringIncludes(
    page,
    `
.Ss say
Say something.
.Pp
It says so.
Loudly:
.Bd -literal -offset indent
now    \\-x
later  .y
.Ed
.Bl -tag -width Ds
.It Fl u , Fl \\-uid Ar N
who says it
.It Fl \\-json
JSON...
.El
.Pp
It takes these flags of settings:
.Fl \\-tries ,
.Fl \\-count .
`,
  );
});
