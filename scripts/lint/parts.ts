/**
 * The parts of the project and the files that belong to each.
 *
 * @module
 */

/** Each part and its place: one file, or a folder, which ends in a slash. */
export const PLACES = {
  main: "main.ts",
  app: "lib/app.ts",
  verdict: "lib/verdict.ts",
  exitCode: "lib/exit_code.ts",
  errors: "lib/errors.ts",
  world: "lib/world.ts",
  log: "lib/log.ts",
  random: "lib/random.ts",
  timerQueue: "lib/timer_queue.ts",
  instant: "lib/instant.ts",
  address: "lib/address.ts",
  nearest: "lib/nearest.ts",
  visible: "lib/visible.ts",
  words: "lib/words.ts",
  parsers: "lib/parsers.ts",
  setting: "lib/setting.ts",
  finding: "lib/finding.ts",
  version: "lib/version.ts",
  cli: "lib/cli/",
  config: "lib/config/",
  protocol: "lib/protocol/",
  probe: "lib/probe/",
  session: "lib/session/",
  run: "lib/run/",
  gateway: "lib/gateway/",
  status: "lib/status/",
  report: "lib/report/",
  host: "lib/host/",
  testing: "lib/testing/",
  // The one program in tests/, which is built from lib/.
  testGateway: "tests/netns/gateway.ts",
  tests: "tests/",
  scripts: "scripts/",
  manifest: "deno.json",
} as const;

/** The name of a part. */
export type Part = keyof typeof PLACES;

/** All of them. */
export const PARTS = Object.keys(PLACES) as readonly Part[];

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const LANDMARK = /(?:^|.*\/)((?:lib|tests|scripts)\/.*|main\.ts)$/;

/** Whether a path is that of a place or of something in it. */
function isWithin(path: string, place: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

/** Whether a path of the project is that of a unit test. */
export function isUnitTest(path: string): boolean {
  return path.startsWith("lib/") && path.endsWith("_test.ts");
}

/** The part that a path of the project belongs to, that of its subject for a unit test; `undefined` for none. */
export function partOf(path: string): Part | undefined {
  const subject = isUnitTest(path) ? path.replace(/_test\.ts$/, ".ts") : path;
  return PARTS.find((part) => isWithin(subject, PLACES[part]));
}

/**
 * The path of a file from the project's root on, without a leading slash;
 * `undefined` if the file isn't the project's. A name that doesn't begin with
 * the root is one from its last folder on that the project has, unless it is
 * relative and begins with such a folder itself.
 */
export function projectPath(
  fileName: string,
  root: string = ROOT,
): string | undefined {
  const path = fileName.replaceAll("\\", "/").replace(/^(?:\.\/)+/, "");
  if (path.startsWith(root)) return path.slice(root.length);
  if (partOf(path) || path.startsWith("lib/")) return path;
  return LANDMARK.exec(path)?.[1];
}

/** The path that a relative specifier in a file means; `undefined` if it leads out of the project. */
export function resolve(
  specifier: string,
  importer: string,
): string | undefined {
  const path = importer.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "." || step === "") continue;
    if (step !== "..") path.push(step);
    else if (path.pop() === undefined) return undefined;
  }
  return path.join("/");
}
