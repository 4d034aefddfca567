/**
 * Runs the tests, and prints only the progress, failures, and reasons of skipped
 * tests. Without arguments it runs the quick tests. `--all` adds the slow ones in
 * folders below `tests/`, and more random cases in the others. Arguments are
 * files and folders to run.
 *
 * @module
 */
import { pooled } from "./pooled.ts";
import { hideProgress, progress } from "./progress.ts";
import {
  broken,
  type Counts,
  countsIn,
  reasonLines,
  reasonOf,
  resultIn,
  summaryOf,
} from "./test/output.ts";

/** Files and folders whose tests run in one process, one after the other. */
type Group = readonly string[];

/** The result of a group. */
interface Outcome {
  /** The counts of its tests. */
  readonly counts: Counts;
  /** The reason of each skipped test or step. */
  readonly reasons: readonly string[];
}

/** The number of groups for the files of `tests/`. */
const blackBoxGroups = 4;

/** The groups of quick tests. They run in parallel, since many only wait. */
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

/** How many groups of slow tests run at a time: most of them wait, too. */
const slowAtOnce = 3;

/** The groups of slow tests: each file in a folder of `tests/`. */
function slowGroups(): readonly Group[] {
  const groups: Group[] = [];
  for (const { name: folder, isDirectory } of Deno.readDirSync("tests")) {
    if (!isDirectory) continue;
    for (const { name } of Deno.readDirSync(`tests/${folder}`)) {
      if (name.endsWith("_test.ts")) groups.push([`tests/${folder}/${name}`]);
    }
  }
  // The one that takes longest, static_test.ts, is among the last, and begins early.
  return groups.toSorted().toReversed();
}

const outcomes: Outcome[] = [];
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
    if (result.status === "FAILED") {
      hideProgress();
      console.log(line);
    }
    const reason = reasonOf(result);
    if (reason !== undefined) reasons.push(reason);
  }
  hideProgress();
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
const told = progress(() => `${done} results, the last: ${last}`);
const isAll = Deno.args.includes("--all");
const paths = Deno.args.filter((arg) => arg !== "--all");
const quick = paths.length > 0 ? [paths] : quickGroups();
const note = async (group: Group) => outcomes.push(await run(group));
await pooled(quick.length, quick, note);
if (isAll && paths.length === 0) await pooled(slowAtOnce, slowGroups(), note);
told[Symbol.dispose]();
const reasons = outcomes.flatMap(({ reasons }) => reasons);
for (const line of reasonLines(reasons)) console.log(line);
const counts = outcomes.map(({ counts }) => counts);
console.log(summaryOf(counts, seconds()));
if (counts.some(({ failed }) => failed > 0)) Deno.exit(1);
