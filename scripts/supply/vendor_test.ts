import { assert, assertEquals, assertMatch } from "@std/assert";
import { exists } from "./npm.ts";
import {
  calling,
  nowhere,
  outcomeOf,
  running,
  Sandbox,
  startTogether,
} from "./sandbox.ts";
import type { VendorOptions, VendorSource } from "./vendor.ts";

const lock = {
  specifiers: { "jsr:@std/one@^1": "1.2.3", "jsr:@std/two@~2.0": "2.0.0" },
  jsr: {
    "@std/one@1.2.3": { integrity: "01", dependencies: ["jsr:@std/two"] },
    "@std/two@2.0.0": { integrity: "02" },
  },
};

/** What is in vendor/ when it is filled. */
const whole = [
  ".lock",
  "jsr.io/.types.json",
  "jsr.io/@std/one/1.2.3/mod.d.ts",
  "jsr.io/@std/one/1.2.3/mod.js",
  "jsr.io/@std/one/1.2.3_meta.json",
  "jsr.io/@std/one/meta.json",
  "jsr.io/@std/two/2.0.0/a_two.d.ts",
  "jsr.io/@std/two/2.0.0/a_two.js",
  "jsr.io/@std/two/2.0.0_meta.json",
  "jsr.io/@std/two/meta.json",
];

/** Makes the sandbox a project, whose npm has its packages. */
async function makeProject(sandbox: Sandbox): Promise<VendorSource[]> {
  await Deno.writeTextFile(`${sandbox.folder}/deno.lock`, JSON.stringify(lock));
  const one = await sandbox.pack("ones@1.0.0", {
    "README.md": "# Ones\n",
    "esm/one/mod.js": 'export * from "../two/a_two.js";\n',
    "esm/other/mod.js": "export const other = 0;\n",
  });
  const two = await sandbox.pack("twos@1.0.0", {
    "esm/deps/two/a_two.js": "export const two = 2;\n",
    "types/deps/two/a_two.d.ts": "export declare const two: number;\n",
  });
  await sandbox.serve();
  return [
    { ...one, folders: { "one": "@std/one@1.2.3" } },
    { ...two, folders: { "deps/two": "@std/two@2.0.0" } },
  ];
}

/** Deno's arguments to call ensureVendor(), by default without JSR. */
function ensuring(options: VendorOptions): string[] {
  const all = { registry: nowhere, ...options };
  return calling(["./vendor.ts", "ensureVendor"], all);
}

Deno.test("ensureVendor() lays out the packages of deno.lock", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  const { code, stderr } = await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await sandbox.tree("vendor"), whole);
  const vendor = `${sandbox.folder}/vendor/jsr.io/@std`;
  assertEquals(
    await Deno.readTextFile(`${vendor}/one/1.2.3/mod.js`),
    '/* @ts-self-types="./mod.d.ts" */\nexport * from "jsr:@std/two@~2.0/a-two";\n',
  );
  assertEquals(
    await Deno.readTextFile(`${vendor}/two/2.0.0/a_two.d.ts`),
    "export declare const two: number;\n",
  );
});

Deno.test("ensureVendor() does nothing if vendor/ is complete", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  await outcomeOf(sandbox.deno(ensuring({ sources })));
  const calls = await sandbox.npmCalls();
  assertEquals(await outcomeOf(sandbox.deno(ensuring({ sources }))), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  assertEquals(await sandbox.npmCalls(), calls);
});

Deno.test("ensureVendor() does nothing where JSR answers", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using jsr = Deno.serve(options, () => new Response());
  const registry = `http://127.0.0.1:${jsr.addr.port}/`;
  const args = ensuring({ registry, sources });
  const { code, stdout, stderr } = await outcomeOf(sandbox.deno(args));
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assert(!await exists(`${sandbox.folder}/vendor`));
});

Deno.test("ensureVendor() replaces what it laid out with other types", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  await outcomeOf(sandbox.deno(ensuring({ sources })));
  const types = `${sandbox.folder}/vendor/jsr.io/.types.json`;
  const now = await Deno.readTextFile(types);
  await Deno.writeTextFile(types, "[]");
  await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals(await Deno.readTextFile(types), now);
  assertEquals(await sandbox.tree("vendor"), whole);
});

Deno.test("ensureVendor() replaces an incomplete vendor/", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  for (const path of ["jsr.io/@std/old/1.0.0", ".staging/jsr.io/@std/one"]) {
    const folder = `${sandbox.folder}/vendor/${path}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/mod.js`, "");
  }
  await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals(await sandbox.tree("vendor"), whole);
});

Deno.test("ensureVendor() asks npm once for six processes", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  const outcomes = await startTogether(
    6,
    (registry) => sandbox.deno(ensuring({ registry, sources })),
  );
  assertEquals(outcomes.map(({ code }) => code), [0, 0, 0, 0, 0, 0]);
  assertEquals(await sandbox.tree("vendor"), whole);
  assertEquals(await sandbox.npmCalls(), ["ones@1.0.0", "twos@1.0.0"]);
});

Deno.test("ensureVendor() mends what kill -9 left", async () => {
  await using sandbox = await Sandbox.make();
  const sources = await makeProject(sandbox);
  await sandbox.killInNpm(ensuring({ sources }));
  assert(await exists(`${sandbox.folder}/vendor/.staging`));
  assert(!await exists(`${sandbox.folder}/vendor/jsr.io`));

  await sandbox.serve();
  const { code } = await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals(code, 0);
  assertEquals(await sandbox.tree("vendor"), whole);
});

Deno.test("ensureVendor() fails with one line if a package has no source", async () => {
  await using sandbox = await Sandbox.make();
  const [one] = await makeProject(sandbox);
  assert(one);
  const args = ensuring({ sources: [one] });
  const { code, stderr } = await outcomeOf(sandbox.deno(args));
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot take "@std\/two@2.0.0" .+ expected .+\n$/);
  assertEquals(await sandbox.tree("vendor"), [".lock"]);
});

/** What can go wrong with npm: its script, if there is one, and what is said. */
const brokenNpms: [title: string, npm: string | undefined, says: string][] = [
  ["npm is not there", undefined, "Cannot run npm: it is not on PATH"],
  [
    "npm fails",
    `echo "npm error code E404" >&2
    echo "npm error 404 Not Found" >&2
    echo "npm error 404 in many words" >&2
    exit 1`,
    'npm pack says "404 Not Found"',
  ],
  ["npm fails without a word", "exit 1", 'npm pack says ""'],
  ["npm packs nothing", "exit 0", 'npm pack says ""'],
  [
    "the tarball was tampered with",
    'echo bogus >"$to/bogus.tgz"',
    "the SHA-512 of its tarball is",
  ],
];
for (const [title, npm, says] of brokenNpms) {
  Deno.test(`ensureVendor() fails with one line if ${title}`, async () => {
    await using sandbox = await Sandbox.make();
    await makeProject(sandbox);
    await sandbox.setNpm(npm);
    const args = running("./vendor.ts");
    const env = { JSR_URL: nowhere };
    const { code, stderr } = await outcomeOf(sandbox.deno(args, env));
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot .+: .+ expected .+\n$/);
    assert(stderr.includes(says), stderr);
    assertEquals(await sandbox.tree("vendor"), [".lock"]);
  });
}

Deno.test("ensureVendor() takes this project's packages from npm", async () => {
  await using sandbox = await Sandbox.make();
  const root = new URL("../../", import.meta.url);
  const members = ["lib", "lib/host", "lib/runtime", "lib/runtime/globals"];
  for (const member of members) {
    await Deno.mkdir(`${sandbox.folder}/${member}`, { recursive: true });
  }
  const settings = ["deno.json", ...members.map((it) => `${it}/deno.json`)];
  for (const file of [...settings, "deno.lock"]) {
    await Deno.copyFile(new URL(file, root), `${sandbox.folder}/${file}`);
  }
  // No sandbox for npm here: only its user knows how it reaches a registry.
  const deno = (args: string[], env: Record<string, string>) =>
    outcomeOf(
      new Deno.Command(Deno.execPath(), { args, env, cwd: sandbox.folder }),
    );
  const filled = await deno(running("./vendor.ts"), { JSR_URL: nowhere });
  assertEquals([filled.code, filled.stderr], [0, ""]);

  await Deno.writeTextFile(
    `${sandbox.folder}/main.ts`,
    `import { assertEquals } from "@std/assert";
     import { parseArgs } from "@std/cli/parse-args";
     import { stripAnsiCode } from "@std/fmt/colors";
     import { ConsoleHandler, FileHandler, setup } from "@std/log";
     setup({ handlers: { console: new ConsoleHandler("INFO") } });
     assertEquals(typeof FileHandler, "function");
     const { word } = parseArgs(["--word", "whole"], { string: ["word"] });
     console.log(stripAnsiCode(word ?? ""));`,
  );
  const offline = {
    HTTPS_PROXY: nowhere,
    JSR_URL: "https://jsr.io/",
    NO_COLOR: "1",
  };
  const { stdout, stderr } = await deno(
    ["run", "--quiet", "--check", "main.ts"],
    offline,
  );
  assertEquals([stdout, stderr], ["whole\n", ""]);

  await Deno.writeTextFile(
    `${sandbox.folder}/undeclared.ts`,
    `import { assertAlmostEquals } from "@std/assert";
     assertAlmostEquals(1, 1);`,
  );
  const undeclared = await deno(["check", "undeclared.ts"], offline);
  assertEquals(undeclared.code, 1);
  assertMatch(
    undeclared.stderr,
    /has no exported member (named )?'assertAlmostEquals'/,
  );
});
