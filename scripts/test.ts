/**
 * Runs the tests and says little: how far they are, what fails, and what is
 * skipped and why. Without arguments it runs those that matter to a change;
 * `--all` adds the slow ones, which are in folders below `tests/`, and leaves
 * more to chance in the others. Files and folders stand for themselves.
 *
 * @module
 */
import {
  broken,
  type Counts,
  countsIn,
  reasonLines,
  reasonOf,
  resultIn,
  summaryOf,
} from "./test/output.ts";

/** How often there is a line that says how far the tests are, in ms. */
const rhythm = 15_000;

/** Tests that one run of `deno test` is for. */
interface Group {
  /** Files and folders. */
  readonly paths: readonly string[];
  /** How many files run at the same time. */
  readonly jobs: number;
}

/** What came of a run. */
interface Outcome {
  /** How many tests went how. */
  readonly counts: Counts;
  /** Why tests and steps were skipped, for each of them. */
  readonly reasons: readonly string[];
}

/** The tests to run: those that are quick, and the slow ones, if all are wanted. */
function groupsOf(isAll: boolean): readonly Group[] {
  const entries = [...Deno.readDirSync("tests")];
  const folders = entries.filter(({ isDirectory }) => isDirectory);
  const files = entries.filter(({ name }) => name.endsWith("_test.ts"));
  const pathsOf = (entries: readonly Deno.DirEntry[]) =>
    entries.map(({ name }) => `tests/${name}`).toSorted();
  return [
    // Many of them wait, so that another one can work.
    { paths: ["lib", "scripts", ...pathsOf(files)], jobs: 4 },
    ...isAll ? [{ paths: pathsOf(folders), jobs: 1 }] : [],
  ];
}

/** Runs a group of tests. */
async function run({ paths, jobs }: Group, isAll: boolean): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--quiet",
      "--preload=./tests/time_limit.ts",
      ...jobs > 1 ? ["--parallel"] : [],
      ...paths,
    ],
    env: {
      NO_COLOR: "1",
      DENO_JOBS: `${jobs}`,
      LIFESIGN_TEST_ALL: isAll ? "1" : "0",
    },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let counts: Counts | undefined;
  const reasons: string[] = [];
  let done = 0;
  let last = "";
  const timer = setInterval(() => {
    console.log(
      done === 0 ? "checking types" : `${done} results, the last one: ${last}`,
    );
  }, rhythm);
  let isReport = false;
  for await (const line of linesOf(child.stdout)) {
    counts = countsIn(line) ?? counts;
    if (counts !== undefined) continue;
    isReport ||= line === " ERRORS ";
    if (isReport) console.log(line);
    const result = resultIn(line);
    if (isReport || result === undefined) continue;
    done++;
    last = result.name;
    if (result.status === "FAILED") console.log(line);
    const reason = reasonOf(result);
    if (reason !== undefined) reasons.push(reason);
  }
  clearInterval(timer);
  const { success } = await child.status;
  if (counts === undefined || !success && counts.failed === 0) counts = broken;
  return { counts, reasons };
}

/** The lines of a stream. */
async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const start = performance.now();
const isAll = Deno.args.includes("--all");
const paths = Deno.args.filter((arg) => arg !== "--all");
const outcomes: Outcome[] = [];
for (const group of paths.length > 0 ? [{ paths, jobs: 1 }] : groupsOf(isAll)) {
  outcomes.push(await run(group, isAll));
}
const reasons = outcomes.flatMap(({ reasons }) => reasons);
for (const line of reasonLines(reasons)) console.log(line);
const counts = outcomes.map(({ counts }) => counts);
console.log(summaryOf(counts, (performance.now() - start) / 1000));
if (counts.some(({ failed }) => failed > 0)) Deno.exit(1);
