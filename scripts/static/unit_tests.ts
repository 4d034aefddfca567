/**
 * Compiles the unit tests of lib/, without those of the host, into one static
 * executable, and runs it: `deno run -A scripts/static/unit_tests.ts`.
 *
 * @module
 */
import { reportFailure } from "../report_failure.ts";
import { compileStatic, staticFolder } from "./build.ts";

/** Folders whose tests start Deno, or test what this runs on. */
const leftOut = /^lib\/(host|runtime)\//;

/** The files of the unit tests, in an order that is always the same. */
export async function unitTestFiles(folder = "lib"): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await unitTestFiles(path));
    else if (name.endsWith("_test.ts") && !leftOut.test(path)) files.push(path);
  }
  return files.toSorted();
}

/** Compiles the unit tests for a target; resolves to the path of the executable. */
export function compileUnitTests(
  target: string,
  files: readonly string[],
): Promise<string> {
  return compileProgram(target, "unit", {
    begin: ["scripts/static/unit_begin.ts"],
    // It waits for what they await before they have registered.
    tests: [...files, "scripts/static/unit_end.ts"],
  });
}

/** Compiles another program than lifesign for a target, from modules that import these files; resolves to its path. */
export async function compileProgram(
  target: string,
  program: string,
  files: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const folder = `${staticFolder}/${program}`;
  await Deno.mkdir(folder, { recursive: true });
  const top = await Deno.realPath(".");
  // All of them lie in one folder, so that all that is made of them does, too.
  const modules: Record<string, readonly string[]> = {
    builtins: ["lib/runtime/builtins.ts"],
    install: ["lib/runtime/install.ts"],
    ...files,
  };
  for (const [name, paths] of Object.entries(modules)) {
    const lines = paths.map((path) => `import "${top}/${path}";\n`);
    await Deno.writeTextFile(`${folder}/${name}.ts`, lines.join(""));
  }
  const output = `${staticFolder}/${program}-${target}`;
  await compileStatic({
    target,
    output,
    mains: Object.keys(modules).map((name) => `${folder}/${name}.ts`),
    isChecked: false,
  });
  return output;
}

/** Files in groups that can be run in one process: a test that adds a protocol is alone. */
export async function groupsOf(
  files: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const alone: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    if (text.includes("protocols.push(")) alone.push(file);
  }
  const others = files.filter((file) => !alone.includes(file));
  return [others, ...alone.map((file) => [file])]
    .filter((group) => group.length > 0);
}

async function main(files: readonly string[]): Promise<void> {
  const target = `${Deno.build.arch}-unknown-linux-musl`;
  const all = files.length > 0 ? files : await unitTestFiles();
  let hasFailed = false;
  for (const group of await groupsOf(all)) {
    const program = await compileUnitTests(target, group);
    const { success } = await new Deno.Command(program).spawn().status;
    hasFailed ||= !success;
  }
  if (hasFailed) throw new Error("Some unit tests have failed");
}

if (import.meta.main) await reportFailure(main(Deno.args));
