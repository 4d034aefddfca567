/**
 * A program for a test: what it can still do once it has given up the right to
 * run programs, and whether it could ever run text.
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
}

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

const spawn = () => below.spawn(["/bin/true"], [], [0, 0, 0], false);
const before = outcomeOf(spawn);
Deno.permissions.revokeSync({ name: "run" });
console.log(JSON.stringify({
  before,
  spawn: outcomeOf(spawn),
  command: outcomeOf(() => new Deno.Command("/bin/true").spawn()),
  file: outcomeOf(() => Deno.openSync("/").close()),
  eval: outcomeOf(() => globalThis.eval("1")),
  Function: outcomeOf(() => new Function("return 1")),
}));
Deno.exit(0);
