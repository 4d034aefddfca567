/**
 * A program for a test: what it can still do once it has given up the right to
 * run programs, and to change files but in the folder that its argument names;
 * and whether it could ever run text.
 *
 * @module
 */

/** What the host offers of that. */
interface Below {
  spawn(
    words: string[],
    variables: string[],
    streams: number[],
    isDetached: boolean,
  ): unknown;
  limitFiles(folders: readonly string[]): boolean;
  unlink(path: string): void;
  rename(from: string, to: string): void;
}

import { revokeRun } from "../../lib/runtime/rights.ts";

const { __native: below } = globalThis as unknown as { __native: Below };

/** What comes of something: `done`, or the code or the name of its error. */
function outcomeOf(work: () => unknown): string {
  try {
    work();
    return "done";
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    return code ?? name ?? "";
  }
}

const [kept = "."] = Deno.args;
const make = (path: string) =>
  Deno.openSync(path, { write: true, createNew: true }).close();
const spawn = () => below.spawn(["/bin/true"], [], [0, 0, 0], false);
const before = outcomeOf(spawn);
const isKept = revokeRun();
console.log(JSON.stringify({
  before,
  isKept,
  spawn: outcomeOf(spawn),
  command: outcomeOf(() => new Deno.Command("/bin/true").spawn()),
  file: outcomeOf(() => Deno.openSync("/").close()),
  eval: outcomeOf(() => globalThis.eval("1")),
  Function: outcomeOf(() => new Function("return 1")),
  isLimited: below.limitFiles([kept]),
  files: {
    keep: outcomeOf(() => make(`${kept}/new`)),
    replace: outcomeOf(() => below.rename(`${kept}/new`, `${kept}/file`)),
    list: outcomeOf(() => Deno.openSync(kept).close()),
    zone: outcomeOf(() => Deno.openSync("/etc/passwd").close()),
    make: outcomeOf(() => make(`${kept}/../new`)),
    read: outcomeOf(() => Deno.openSync(`${kept}/../file`).close()),
    remove: outcomeOf(() => below.unlink(`${kept}/../file`)),
    move: outcomeOf(() => below.rename(`${kept}/file`, `${kept}/../file`)),
  },
}));
Deno.exit(0);
