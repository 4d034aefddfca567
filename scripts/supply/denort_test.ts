import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Bytes, sha256 } from "../sums.ts";
import {
  cutDenort,
  type DenortOptions,
  type DenortSource,
  denoVersion,
} from "./denort.ts";
import { exists } from "./npm.ts";
import {
  calling,
  nowhere,
  outcomeOf,
  Sandbox,
  startTogether,
} from "./sandbox.ts";

const target = "x86_64-unknown-linux-gnu";
const release = `deno/dl/release/v${denoVersion}`;
const name = `denort-${target}`;

/** What is in the folder of the release when denort is there. */
const whole = [".lock", name];

/** An ELF file: its header, 36 bytes of anything, and two section headers. */
function elf(): Bytes {
  const file = new Uint8Array(100 + 2 * 64).map((_, i) => i);
  const header = new DataView(file.buffer);
  header.setBigUint64(0x28, 100n, true);
  header.setUint16(0x3a, 64, true);
  header.setUint16(0x3c, 2, true);
  return file;
}

/** The same with the program that `deno compile` appended. */
function compiled(): Bytes {
  return new Uint8Array([...elf(), ...new TextEncoder().encode("program")]);
}

/** Packs a compiled program for the sandbox's npm. */
async function packed(sandbox: Sandbox): Promise<DenortSource> {
  const files = { "package.json": "{}", "bin/some": compiled() };
  const source = await sandbox.pack("some@1.0.0", files);
  await sandbox.serve();
  return { ...source, sha256: await sha256(elf()) };
}

/** Deno's arguments to call ensureDenort(), by default without dl.deno.land. */
function ensuring(options: DenortOptions, wanted: string = target): string[] {
  const all = { version: denoVersion, server: nowhere, ...options };
  return calling(["./denort.ts", "ensureDenort"], wanted, all);
}

Deno.test("cutDenort() cuts off the program, in a part of a buffer too", () => {
  const buffer = new Uint8Array([...elf(), ...compiled()]);
  for (const file of [compiled(), elf(), buffer.subarray(elf().length)]) {
    assertEquals(cutDenort(file), elf());
  }
});

Deno.test("ensureDenort() keeps denort in the folder of Deno, and asks npm once", async () => {
  await using sandbox = await Sandbox.make();
  const sources = { [target]: await packed(sandbox) };
  const first = await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals([first.code, first.stderr], [0, ""]);
  assertEquals(await sandbox.tree(release), whole);
  const second = await outcomeOf(sandbox.deno(ensuring({ sources })));
  assertEquals(second, { code: 0, stdout: "", stderr: "" });
  assertEquals(await sandbox.npmCalls(), ["some@1.0.0"]);
  const denort = `${sandbox.folder}/${release}/${name}`;
  assertEquals(await Deno.readFile(denort), elf());
});

Deno.test("ensureDenort() asks npm once for two processes", async () => {
  await using sandbox = await Sandbox.make();
  const sources = { [target]: await packed(sandbox) };
  const outcomes = await startTogether(
    2,
    (server) => sandbox.deno(ensuring({ server, sources })),
  );
  assertEquals(outcomes.map(({ code }) => code), [0, 0]);
  assertEquals(await sandbox.tree(release), whole);
  assertEquals(await sandbox.npmCalls(), ["some@1.0.0"]);
});

Deno.test("ensureDenort() does nothing where the server answers", async () => {
  await using sandbox = await Sandbox.make();
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using served = Deno.serve(options, () => new Response());
  const server = `http://127.0.0.1:${served.addr.port}/`;
  const { code, stdout, stderr } = await outcomeOf(
    sandbox.deno(ensuring({ server })),
  );
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assert(!await exists(`${sandbox.folder}/${release}`));
});

for (const DENORT_BIN of ["/some/denort", ""]) {
  Deno.test(`ensureDenort() does nothing if DENORT_BIN is "${DENORT_BIN}"`, async () => {
    await using sandbox = await Sandbox.make();
    const { code, stdout, stderr } = await outcomeOf(
      sandbox.deno(ensuring({}), { DENORT_BIN }),
    );
    assertEquals([code, stdout, stderr], [0, "", ""]);
  });
}

const refusals: [title: string, args: string[], says: string][] = [
  [
    "an unknown version",
    ensuring({ version: "2.9.6" }),
    `Cannot get denort "2.9.6": ${nowhere} does not answer and it is not known on npm, expected Deno "${denoVersion}" (npx -y deno@${denoVersion})`,
  ],
  [
    "an unknown target",
    ensuring({}, "sparc-sun-solaris"),
    `Cannot get denort for "sparc-sun-solaris": ${nowhere} does not answer and it is not known on npm, expected "x86_64-unknown-linux-gnu" or "aarch64-unknown-linux-gnu"`,
  ],
];
for (const [title, args, says] of refusals) {
  Deno.test(`ensureDenort() says what it expects for ${title}`, async () => {
    await using sandbox = await Sandbox.make();
    assertEquals(await outcomeOf(sandbox.deno(args)), {
      code: 1,
      stdout: "",
      stderr: `${says}\n`,
    });
  });
}

const wrongPrograms: [title: string, path: string, says: string][] = [
  ["has another denort", "bin/some", "its SHA-256 is"],
  ["has no program", "some", "its bin/ is empty"],
];
for (const [title, path, says] of wrongPrograms) {
  Deno.test(`ensureDenort() fails with one line if the package ${title}`, async () => {
    await using sandbox = await Sandbox.make();
    const files = { "package.json": "{}", [path]: compiled() };
    const source = await sandbox.pack("some@1.0.0", files);
    await sandbox.serve();
    const sources = { [target]: { ...source, sha256: "0123" } };
    const { code, stderr } = await outcomeOf(
      sandbox.deno(ensuring({ sources })),
    );
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot take denort from .+: .+ expected .+\n$/);
    assert(stderr.includes(says), stderr);
    assertEquals(await sandbox.tree(release), [".lock"]);
  });
}
