import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);

/** What reaches the outside, one use a line. */
const uses = [
  "Deno.cwd();",
  "null as unknown as typeof Deno.cwd;",
  "null as unknown as Deno.NetAddr;",
  "(({ cwd }) => cwd)(Deno);",
  "({ [Deno.args[0]!]: 1 });",
  "globalThis.Deno.exit(1);",
  "setTimeout(() => {});",
  "setInterval(() => {});",
  "queueMicrotask(() => {});",
  "performance.now();",
  "AbortSignal.timeout(1);",
  "fetch(`http://192.0.2.1`);",
  "new WebSocket(`ws://192.0.2.1`);",
  "new Worker(``);",
  "console.log();",
  "crypto.randomUUID();",
  "localStorage.clear();",
  "prompt();",
  "self.close();",
];

/** The lines in which the compiler finds errors, by file, in a copy of the project's settings with these files. */
async function check(
  files: Readonly<Record<string, string>>,
): Promise<Record<string, number[]>> {
  const folder = await Deno.makeTempDir();
  try {
    const members = ["lib", "lib/host", "lib/runtime", "lib/runtime/globals"];
    for (const member of members) {
      await Deno.mkdir(`${folder}/${member}`, { recursive: true });
    }
    const settings = ["deno.json", ...members.map((it) => `${it}/deno.json`)];
    for (const file of [...settings, "lib/ambient.d.ts"]) {
      await Deno.copyFile(new URL(file, root), `${folder}/${file}`);
    }
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${file}`, text);
    }
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--no-lock", ...Object.keys(files)],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    return Object.fromEntries(
      Object.keys(files).map((file) => {
        const places = text.matchAll(new RegExp(`/${file}:(\\d+):`, "g"));
        return [file, [...new Set(Array.from(places, (it) => Number(it[1])))]];
      }),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the compiler knows nothing that reaches the outside, in lib/ outside of lib/host/", async () => {
  // Every use is in a block of its own.
  const text = uses.map((use) => `{ ${use} }\n`).join("");
  const all = uses.map((_, line) => line + 1);
  assertEquals(
    await check({
      "lib/a.ts": `${text}export {};\n`,
      "lib/a_test.ts": `${text}Deno.test("a", () => {});\n`,
      "lib/host/a.ts": `${text}export {};\n`,
    }),
    { "lib/a.ts": all, "lib/a_test.ts": all, "lib/host/a.ts": [] },
  );
});
