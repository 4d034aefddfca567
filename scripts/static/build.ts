/**
 * Makes the static build: lifesign on QuickJS and a host in C, for any Linux.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { bundleStatic } from "../bundle.ts";
import { runTool } from "../run_tool.ts";
import { sha256, sumsOf } from "../sums.ts";
import { exists } from "../supply/npm.ts";
import {
  ensureQuickjs,
  quickjsFiles,
  quickjsVersion,
} from "../supply/quickjs.ts";
import { ensureZig, type Zig } from "../supply/zig.ts";
import { type StaticTarget, staticTarget } from "./targets.ts";

/** What to build. */
export interface StaticOptions {
  /** The target triple. */
  readonly target: string;
  /** The file to write. */
  readonly output: string;
  /** The modules that are evaluated one after the other, all in one folder; lifesign's own if absent. */
  readonly mains?: readonly string[];
  /** Whether their types are checked; they are if absent. */
  readonly isChecked?: boolean;
  /** Whether it is made for this machine and its C library, with sanitizers that find errors in memory and undefined behaviour; absent means no. */
  readonly isSanitized?: boolean;
  /** Where sources, tools and what they make are kept. */
  readonly folder?: string;
}

/** Where what a build needs is kept, if nothing else is said. */
export const staticFolder = "dist/.static";

const project = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);
const native = `${project}lib/runtime/native`;

/** What is evaluated at the start, in this order. */
const ownModules = ["builtins", "install", "program", "main"]
  .map((name) => `lib/runtime/${name}.ts`);

/** The parts of QuickJS. */
const engineUnits = ["quickjs", "libregexp", "libunicode", "cutils", "dtoa"];

/** The parts of the host. */
const hostUnits = [
  ...["files", "loop", "main", "memory", "names", "processes", "rights"],
  ...["sockets", "supervisor", "terminal", "text", "values"],
];

/** Flags for all C. */
const commonFlags = [
  "-D_GNU_SOURCE",
  `-DCONFIG_VERSION="${quickjsVersion}"`,
  // As on ARM.
  "-funsigned-char",
  // Zig would end the program where QuickJS does what the standard leaves open.
  "-fno-sanitize=all",
];

/** Flags for smaller code. */
const sizeFlags = [
  ...["-Os", "-ffunction-sections", "-fdata-sections"],
  // C has no exceptions that would need them, and they take 40 KB.
  ...["-fno-unwind-tables", "-fno-asynchronous-unwind-tables"],
];

/** The parts that run so often that they are made for speed. */
const hotUnits = ["memory", "quickjs"];

/** Flags for faster code; loops that are unrolled or made for vectors are long, and no faster here. */
const fastFlags = [
  "-O2",
  "-fno-vectorize",
  "-fno-slp-vectorize",
  "-fno-unroll-loops",
  "-mllvm",
  "-inline-threshold=160",
];

/** Flags for code of our own. */
const strictFlags = [
  "-std=gnu11",
  "-Wall",
  "-Wextra",
  "-Wno-unused-parameter",
  "-Wno-sign-compare",
];

/** Compiles lifesign for a target; throws an `Error` if that fails. */
export async function compileStatic(
  {
    target,
    output,
    mains = ownModules,
    isChecked = true,
    isSanitized = false,
    folder,
  }: StaticOptions,
): Promise<void> {
  const known = staticTarget(target);
  using _ = progress(`compiling ${output}`);
  const top = folder ?? staticFolder;
  await Deno.mkdir(top, { recursive: true });
  const work = await Deno.realPath(top);
  const zig = await ensureZig(work);
  const quickjs = await prepareEngine(work);
  const modules = await bundleStatic(mains, `${work}/bundle`, isChecked);
  const own = `${work}/${isSanitized ? "sanitized" : target}`;
  await Deno.mkdir(own, { recursive: true });
  const compiler = await makeCompiler(work, quickjs, zig);
  await runTool(compiler, [
    known.isBigEndian ? "big" : "little",
    `${own}/modules.c`,
    ...modules.map((path) => `${path.replace(/^.*\//, "")}=${path}`),
  ]);
  const toolchain = isSanitized ? sanitizing : compiling(zig, known);
  await link({ toolchain, quickjs, own, target, known, work, output });
}

/**
 * What is changed in QuickJS, by file: texts that are there once, and what they
 * become. The sources are pinned by hash.
 *
 * - Its Atomics need threads, and 64-bit operations that MIPS lacks.
 * - `AggregateError` becomes one of the names that it always has. It is the only
 *   other one that a new engine knows, and would keep the first module from being
 *   run where it lies.
 * - What is run where it lies keeps its names for ever, instead of looking for
 *   them in all of it at the start, and is not copied to find lines by.
 * - Names of variables are left out of bytecode, as with all else that only
 *   debuggers need; the lines are kept, for the stacks of errors.
 */
const changes: Readonly<
  Record<string, readonly (readonly [string, string])[]>
> = {
  "quickjs-atom.h": [[
    "DEF(Private_brand,",
    'DEF(AggregateError, "AggregateError")\nDEF(Private_brand,',
  ]],
  "quickjs.c": [
    ["#define CONFIG_ATOMICS\n", "\n"],
    [
      "    if (!fd->strip_debug || fd->has_eval_call) {",
      "    if (fd->has_eval_call) {",
    ],
    [
      "        if (fd->strip_debug && !fd->has_eval_call) {",
      "        if (!fd->has_eval_call) {",
    ],
    [
      "    b->byte_code_buf = bc_buf;\n\n    if (is_be())",
      "    b->byte_code_buf = bc_buf;\n    if (s->is_rom_data) return 0;\n    if (is_be())",
    ],
    [
      "            JS_FreeAtom(s->ctx, s->idx_to_atom[i]);",
      "            if (!s->is_rom_data) JS_FreeAtom(s->ctx, s->idx_to_atom[i]);",
    ],
    [
      "    free_bytecode_atoms(rt, b->byte_code_buf,",
      "    if (!b->read_only_bytecode) free_bytecode_atoms(rt, b->byte_code_buf,",
    ],
    [
      "        if (b->debug.pc2line_len) {\n" +
      "            b->debug.pc2line_buf = js_mallocz(",
      "        if (b->debug.pc2line_len && s->is_rom_data) {\n" +
      "            b->debug.pc2line_buf = (uint8_t *)s->ptr;\n" +
      "            s->ptr += b->debug.pc2line_len;\n" +
      "        } else if (b->debug.pc2line_len) {\n" +
      "            b->debug.pc2line_buf = js_mallocz(",
    ],
    [
      "        js_free_rt(rt, b->debug.pc2line_buf);\n        js_free_rt(rt, b->debug.source);",
      "        if (!b->read_only_bytecode) js_free_rt(rt, b->debug.pc2line_buf);\n        js_free_rt(rt, b->debug.source);",
    ],
  ],
};

/** Copies QuickJS with changes. */
async function prepareEngine(work: string): Promise<string> {
  const quickjs = await ensureQuickjs(work);
  const copy = `${work}/engine`;
  await Deno.mkdir(copy, { recursive: true });
  for (const name of quickjsFiles) {
    let text = await Deno.readTextFile(`${quickjs}/${name}`);
    for (const [before, after] of changes[name] ?? []) {
      if (text.split(before).length !== 2) {
        throw new Error(`Cannot change ${name}: expected "${before}" once`);
      }
      text = text.replace(before, after);
    }
    await Deno.writeTextFile(`${copy}/${name}`, text);
  }
  return copy;
}

/** Makes the program that compiles modules to bytecode. */
async function makeCompiler(
  work: string,
  quickjs: string,
  { program: zig, hash }: Zig,
): Promise<string> {
  const program = `${work}/compile`;
  const args = [
    // To compile it would take longer than what it does.
    ...["cc", "-target", `${Deno.build.arch}-linux-musl`, "-O0", "-w"],
    ...commonFlags,
    "-Dlre_compile=compile_regexp_for_target",
  ];
  const sources = engineUnits.filter((unit) => unit !== "libregexp");
  const key = [
    ...args,
    hash,
    await sumsOf(quickjs, quickjsFiles),
    await sumsOf(native, ["compile.c"]),
  ].join("\n");
  await make(program, key, async () => {
    const object = `${work}/libregexp.o`;
    const plain = args.slice(0, -1);
    await runZig(zig, work, quickjs, [
      ...plain,
      ...["-c", "libregexp.c", "-o", object],
    ]);
    await runZig(zig, work, quickjs, [
      ...[...plain, "-c", `${native}/compile.c`, "-I."],
      ...["-o", `${work}/compile.o`],
    ]);
    await runZig(zig, work, quickjs, [
      ...[...args, "-static", "-s", ...sources.map((unit) => `${unit}.c`)],
      ...[object, `${work}/compile.o`, "-lm", "-o", program],
    ]);
  });
  return program;
}

/** What compiles and links. */
interface Toolchain {
  readonly program: string;
  /** What tells it from another version. */
  readonly hash: string;
  /** What stands before all other arguments. */
  readonly first: readonly string[];
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
}

function compiling(
  zig: Zig,
  { zig: name, processor }: StaticTarget,
): Toolchain {
  const chosen = processor === undefined ? [] : [`-mcpu=${processor}`];
  return {
    ...zig,
    first: ["cc", "-target", name, ...chosen],
    compileFlags: [...sizeFlags, ...commonFlags],
    linkFlags: ["-static", "-s", "-Wl,--gc-sections"],
  };
}

const sanitizers = "-fsanitize=address,undefined";

/** What lets calls of the system fail, in the build with sanitizers. */
const faults = { folder: `${project}scripts/static`, unit: "faults" };

/** The functions whose calls can be made to fail. */
async function faultFlags(): Promise<string[]> {
  const text = await Deno.readTextFile(`${faults.folder}/${faults.unit}.c`);
  const names = text.matchAll(/^WRAPPED\([^,]+, (\w+),/gm).map(([, it]) => it);
  return ["open", ...names].map((name) => `-Wl,--wrap=${name}`);
}

const sanitizing: Toolchain = {
  program: "gcc",
  hash: "",
  first: [],
  compileFlags: [
    ...["-O1", "-g", "-fno-omit-frame-pointer", sanitizers, "-DPLAIN_MEMORY"],
    "-fno-sanitize-recover=undefined",
    ...commonFlags.filter((flag) => !flag.startsWith("-fno-sanitize")),
  ],
  linkFlags: [sanitizers],
};

/** What the parts of an executable are made of. */
interface Parts {
  readonly toolchain: Toolchain;
  readonly quickjs: string;
  /** The folder of this target. */
  readonly own: string;
  readonly target: string;
  readonly known: StaticTarget;
  readonly work: string;
  readonly output: string;
}

/** Compiles what has changed, and puts all together. */
async function link(parts: Parts): Promise<void> {
  const { toolchain, quickjs, own, target, known, work } = parts;
  const { program, hash, first, compileFlags, linkFlags } = toolchain;
  const { isLong = false } = known;
  const flags = [...first, ...compileFlags];
  const headers = await sumsOf(quickjs, quickjsFiles) +
    await sumsOf(native, ["native.h"]);
  const object = async (
    unit: string,
    folder: string,
    more: readonly string[],
  ) => {
    const isFast = !isLong && toolchain !== sanitizing &&
      hotUnits.includes(unit);
    const args = [...flags, ...more, ...isFast ? fastFlags : []];
    const path = `${own}/${unit}.o`;
    const sum = await sumsOf(folder, [`${unit}.c`]);
    const key = [...args, hash, sum, headers].join("\n");
    // In the folder, so that no path of this machine gets into the code.
    await make(
      path,
      key,
      () =>
        runZig(program, work, folder, [
          ...args,
          ...["-c", `${unit}.c`, "-o", path],
        ]),
    );
    return path;
  };
  const mine = [
    ...strictFlags,
    `-DLIFESIGN_TARGET="${target}"`,
    "-isystem",
    quickjs,
    `-I${native}`,
  ];
  const objects = await Promise.all([
    ...engineUnits.map((unit) => object(unit, quickjs, ["-w"])),
    ...hostUnits.map((unit) => object(unit, native, mine)),
    object("modules", own, mine),
    ...toolchain === sanitizing ? [object(faults.unit, faults.folder, [])] : [],
  ]);
  const more = toolchain === sanitizing ? await faultFlags() : [];
  const output = await absolute(parts.output);
  await runZig(program, work, own, [
    ...[...first, ...linkFlags, ...more, ...objects, "-lm", "-o", output],
  ]);
}

async function absolute(path: string): Promise<string> {
  if (path.startsWith("/")) return path;
  return `${await Deno.realPath(".")}/${path}`;
}

async function runZig(
  zig: string,
  work: string,
  cwd: string,
  args: string[],
): Promise<void> {
  const cache = `${work}/zig-cache`;
  const env = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  await runTool(zig, args, { env, cwd });
}

/** Makes a file unless it was made with the same key. */
async function make(
  path: string,
  key: string,
  work: () => Promise<void>,
): Promise<void> {
  const sum = await sha256(key);
  const mark = `${path}.key`;
  const isMade = await exists(path) && await exists(mark) &&
    await Deno.readTextFile(mark) === sum;
  if (isMade) return;
  await work();
  await Deno.writeTextFile(mark, sum);
}
