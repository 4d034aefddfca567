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

/** Files and folders whose tests a process of their own runs, one after the other. */
type Group = readonly string[];

/** What came of a group. */
interface Outcome {
  /** How many tests went how. */
  readonly counts: Counts;
  /** Why tests and steps were skipped, for each of them. */
  readonly reasons: readonly string[];
}

/** In so many groups are the files of `tests/`. */
const blackBoxGroups = 4;

/** The quick tests in groups that run at the same time, since many of them only wait. */
function quickGroups(): readonly Group[] {
  const files = [...Deno.readDirSync("tests")].map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts")).toSorted();
  const groups = Array.from(
    { length: blackBoxGroups },
    (_, first) =>
      files.filter((_, at) => at % blackBoxGroups === first)
        .map((name) => `tests/${name}`),
  );
  return [["lib"], ["scripts"], ...groups];
}

/** The slow ones, each folder of which needs the machine for itself. */
function slowGroups(): readonly Group[] {
  return [...Deno.readDirSync("tests")].filter((entry) => entry.isDirectory)
    .map(({ name }) => [`tests/${name}`]).toSorted();
}

let done = 0;
let last = "";

/** Runs a group. */
async function run(group: Group): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      // `deno task check` does.
      "--no-check",
      "--quiet",
      "--preload=./tests/time_limit.ts",
      ...group,
    ],
    env: { NO_COLOR: "1", LIFESIGN_TEST_ALL: isAll ? "1" : "0" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let counts: Counts | undefined;
  const reasons: string[] = [];
  const report: string[] = [];
  for await (const line of linesOf(child.stdout)) {
    counts = countsIn(line) ?? counts;
    if (counts !== undefined) continue;
    if (report.length > 0 || line === " ERRORS ") {
      report.push(line);
      continue;
    }
    const result = resultIn(line);
    if (result === undefined) continue;
    done++;
    last = result.name;
    if (result.status === "FAILED") console.log(line);
    const reason = reasonOf(result);
    if (reason !== undefined) reasons.push(reason);
  }
  if (report.length > 0) console.log(report.join("\n"));
  const { success } = await child.status;
  if (counts === undefined || !success && counts.failed === 0) {
    console.log(`${group.join(" ")} did not get to its end`);
    counts = broken;
  }
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
const seconds = () => (performance.now() - start) / 1000;
const timer = setInterval(() => {
  console.log(`${Math.round(seconds())} s: ${done} results, the last: ${last}`);
}, rhythm);
const isAll = Deno.args.includes("--all");
const paths = Deno.args.filter((arg) => arg !== "--all");
const outcomes = await Promise.all(
  (paths.length > 0 ? [paths] : quickGroups()).map(run),
);
if (isAll && paths.length === 0) {
  for (const group of slowGroups()) outcomes.push(await run(group));
}
clearInterval(timer);
const reasons = outcomes.flatMap(({ reasons }) => reasons);
for (const line of reasonLines(reasons)) console.log(line);
const counts = outcomes.map(({ counts }) => counts);
console.log(summaryOf(counts, seconds()));
if (counts.some(({ failed }) => failed > 0)) Deno.exit(1);
