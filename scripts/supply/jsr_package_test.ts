import { assertEquals } from "@std/assert";
import { layOut, type Lock, metaPath } from "./jsr_package.ts";
import { signatures } from "./std_types.ts";

const lock: Lock = {
  specifiers: {
    "jsr:@std/fmt@1.0.10": "1.0.10",
    "jsr:@std/fmt@^1.0.5": "1.0.10",
    "jsr:@std/io@~0.225.2": "0.225.3",
  },
  jsr: {
    "@std/log@0.224.14": {
      integrity: "257f",
      dependencies: ["jsr:@std/fmt@^1.0.5", "jsr:@std/io"],
    },
  },
};
const id = "@std/log@0.224.14";

/** The text of the one file that is laid out, without its first line. */
function restored(source: string): string | undefined {
  const files = layOut(new Map([["mod.js", source]]), { id, lock });
  return files.get("@std/log/0.224.14/mod.js")?.replace(/.*\n/, "");
}

/** The types that are made for a file, without the line that makes it a module. */
function declared(source: string): string | undefined {
  const files = layOut(new Map([["mod.js", source]]), { id, lock });
  const types = files.get("@std/log/0.224.14/mod.d.ts");
  return types?.replace(/^export {};\n/, "");
}

Deno.test("metaPath() is where Deno looks for a version", () => {
  assertEquals(metaPath(id), "@std/log/0.224.14_meta.json");
});

Deno.test("layOut() makes what Deno wants to find", () => {
  const files = layOut(
    new Map([
      ["mod.js", 'export * from "./file_handler.js";\n'],
      ["file_handler.js", "export const a = 1;\n"],
      ["file_handler.d.ts", "export declare const a: number;\n"],
    ]),
    { id, lock },
  );
  const file = { size: 0, checksum: "sha256-" };
  assertEquals(Object.fromEntries(files), {
    "@std/log/meta.json": '{"versions":{"0.224.14":{}}}',
    "@std/log/0.224.14_meta.json": JSON.stringify({
      exports: { ".": "./mod.js", "./file-handler": "./file_handler.js" },
      manifest: {
        "/mod.js": file,
        "/file_handler.js": file,
        "/file_handler.d.ts": file,
        "/mod.d.ts": file,
      },
      lockfileChecksum: "257f",
    }),
    "@std/log/0.224.14/mod.js":
      '/* @ts-self-types="./mod.d.ts" */\nexport * from "./file_handler.js";\n',
    "@std/log/0.224.14/mod.d.ts":
      'export {};\nexport * from "./file_handler.js";\n',
    "@std/log/0.224.14/file_handler.js":
      '/* @ts-self-types="./file_handler.d.ts" */\nexport const a = 1;\n',
    "@std/log/0.224.14/file_handler.d.ts": "export declare const a: number;\n",
  });
});

const restorations: { title: string; from: string; to: string }[] = [{
  title: "an import of the one package with this name in use",
  from: 'import { a } from "../../io/0.225.2/write_all.js";\n',
  to: 'import { a } from "jsr:@std/io@~0.225.2/write-all";\n',
}, {
  title: "an import of a package by one of several specifiers",
  from: 'import { a } from "../fmt/colors.js";\n',
  to: 'import { a } from "jsr:@std/fmt@^1.0.5/colors";\n',
}, {
  title: "an import of its own, which stays",
  from: 'import { a } from "./levels.js";\n',
  to: 'import { a } from "./levels.js";\n',
}, {
  title: "an import of a package that is not locked, which stays",
  from: 'import { a } from "../path/join.js";\n',
  to: 'import { a } from "../path/join.js";\n',
}, {
  title: "a global for Node.js",
  from: 'import * as dntShim from "../_dnt.shims.js";\ndntShim.Deno.cwd();\n',
  to: "Deno.cwd();\n",
}];
for (const { title, from, to } of restorations) {
  Deno.test(`layOut() restores ${title}`, () => {
    assertEquals(restored(from), to);
  });
}

const declarations: [source: string, types: string][] = [
  ["export const a = 1;", ""],
  ["export class A {}", ""],
  ["export function a() {}", ""],
  ['export * from "./a.js";', 'export * from "./a.js";\n'],
  ["const a = 1;\nlet b;", ""],
  [
    "export function assert(expr) {}",
    "export declare function assert(expr: unknown, msg?: string): asserts expr;\n",
  ],
  [
    "export async function assertRejects(fn) {}",
    signatures.get("assertRejects")!
      .map((it) => `export declare function assertRejects${it};\n`).join(""),
  ],
];
for (const [source, types] of declarations) {
  Deno.test(`layOut() declares ${JSON.stringify(source)}`, () => {
    assertEquals(declared(source), types);
  });
}
