import { assert, assertEquals } from "@std/assert";
import type { Deployment } from "./deployment.ts";
import { initScript } from "./init_script.ts";

const plain: Deployment = {
  executable: "/usr/sbin/lifesign",
  config: "/etc/lifesign.conf",
  args: [],
  user: "root",
  reads: [],
  writes: [],
  hasHooks: false,
};

/** The lines of a script, without the space before them. */
function linesOf(change: Partial<Deployment>): string[] {
  return initScript({ ...plain, ...change }).split("\n")
    .map((line) => line.trim());
}

Deno.test("initScript() prints what procd needs", () => {
  const lines = linesOf({});
  for (
    const line of [
      "USE_PROCD=1",
      'procd_set_param command /usr/sbin/lifesign run -c "$2"',
      "start_file lifesign /etc/lifesign.conf",
      "for file in /etc/lifesign.d/*.conf; do",
      "procd_add_reload_trigger lifesign",
    ]
  ) assert(lines.includes(line), line);
  assertEquals(lines[0], "#!/bin/sh /etc/rc.common");
  assert(!lines.some((line) => line.includes("param user")));
});

Deno.test("initScript() quotes what a shell would read otherwise", () => {
  const lines = linesOf({
    executable: "/opt/a b/lifesign",
    config: "/etc/$x.conf",
    args: ["--interval=30s", "lab one"],
    user: "o'hara",
  });
  for (
    const line of [
      `procd_set_param command '/opt/a b/lifesign' run -c "$2" --interval=30s 'lab one'`,
      `procd_set_param user 'o'\\''hara'`,
      "start_file lifesign '/etc/$x.conf'",
      "for file in '/etc/$x.d'/*.conf; do",
    ]
  ) assert(lines.includes(line), lines.join("\n"));
});
