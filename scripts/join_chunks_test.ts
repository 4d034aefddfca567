import { assertEquals } from "@std/assert";
import { coreName, planJoin } from "./join_chunks.ts";

Deno.test("planJoin() joins what the main module needs, and leaves what is loaded at need", () => {
  const bundle = new Map([
    [
      "main.js",
      'import {\n  a,\n  b as c\n} from "./chunk-A.js";\nimport "./chunk-B.js";\n\na(c, await import("./late.js"));\n',
    ],
    [
      "chunk-A.js",
      'import {\n  d\n} from "./chunk-B.js";\n\nexport {\n  d as a,\n  b\n};\n',
    ],
    ["chunk-B.js", "var d = 1, b = 3;\n\nexport {\n  b,\n  d\n};\n"],
    [
      "late.js",
      'import {\n  e\n} from "./chunk-C.js";\nimport {\n  b,\n  d\n} from "./chunk-B.js";\n\nd(e, b);\n',
    ],
    ["chunk-C.js", "var e = 2;\nexport {\n  e\n};\n"],
  ]);
  const { entry, names, others } = planJoin("main.js", bundle);
  assertEquals(
    entry,
    'export { a, b as c0_b } from "./chunk-A.js";\n' +
      'export { b as c1_b, d } from "./chunk-B.js";\n',
  );
  assertEquals(names, ["a", "c0_b", "c1_b", "d"]);
  assertEquals(Object.fromEntries(others), {
    "main.js":
      `import { a, c0_b as c } from "./${coreName}";\nimport "./${coreName}";\n\na(c, await import("./late.js"));\n`,
    "late.js":
      `import {\n  e\n} from "./chunk-C.js";\nimport { c1_b as b, d } from "./${coreName}";\n\nd(e, b);\n`,
    "chunk-C.js": "var e = 2;\nexport {\n  e\n};\n",
  });
});
