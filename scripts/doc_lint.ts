/**
 * Lints the doc comments of all modules except tests.
 *
 * @module
 */
import { progress } from "./progress.ts";

/** The modules below a folder without tests. */
function modules(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return modules(path);
    return /(?<!_test)\.ts$/.test(name) ? [path] : [];
  });
}

const files = ["main.ts", ...modules("lib"), ...modules("scripts")];
using _ = progress("checking documentation");
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...files],
  stdout: "null",
}).spawn().status;
if (!success) Deno.exit(1);
