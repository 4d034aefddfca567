/**
 * Gives every test a time limit. `deno task test` loads this before each test
 * file. A test that takes too long fails, its child processes are killed, and
 * the other tests go on.
 *
 * @module
 */

/** The limit in s. It is far longer than any test takes on a busy machine. */
const limit = Number(Deno.env.get("LIFESIGN_TEST_LIMIT") ?? 600);

/** The time for clean-up after the child processes were killed, in s. */
const grace = Math.min(10, limit);

// Tests replace them.
const { setTimeout, clearTimeout } = globalThis;

/** Runs a test within the limit. */
async function runLimited(
  run: Deno.TestDefinition["fn"],
  t: Deno.TestContext,
): Promise<void> {
  const late = new Error(`"${t.name}" takes longer than ${limit} s`);
  let isLate = false;
  let timer: ReturnType<typeof setTimeout>;
  const end = new Promise<void>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      killDescendants(Deno.pid);
      timer = setTimeout(() => reject(late), grace * 1000);
    }, limit * 1000);
  });
  try {
    await Promise.race([run(t), end]);
  } catch (cause) {
    if (!isLate || cause === late) throw cause;
    late.cause = cause;
  } finally {
    clearTimeout(timer!);
  }
  if (isLate) throw late;
}

/** Kills all descendants of a process. */
function killDescendants(pid: number): void {
  for (const child of childrenOf(pid)) {
    // First those that nobody could find without their parent.
    killDescendants(child);
    try {
      Deno.kill(child, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) => {
      const children = Deno.readTextFileSync(
        `/proc/${pid}/task/${name}/children`,
      );
      return children.split(" ").filter(Boolean).map(Number);
    });
  } catch {
    return [];
  }
}

const { test } = Deno;
// Whichever way a test is given, its function is the one that there is.
const limitedTest = (...args: unknown[]) =>
  Reflect.apply(test, Deno, args.map(limited));

function limited(arg: unknown): unknown {
  if (typeof arg === "function") {
    const run = arg as Deno.TestDefinition["fn"];
    const named = (t: Deno.TestContext) => runLimited(run, t);
    return Object.defineProperty(named, "name", { value: run.name });
  }
  if (typeof arg === "object" && arg !== null && "fn" in arg) {
    return { ...arg, fn: limited(arg.fn) };
  }
  return arg;
}

Object.assign(Deno, { test: Object.assign(limitedTest, test) });
