import { assert, assertEquals, assertRejects } from "@std/assert";
import { compile } from "./compile.ts";

/** A program with a shared module, one that is loaded at need, and an await at its end. */
const program = {
  "main.ts": `import { double } from "./shared.ts";
const { late } = await import("./late.ts");
const number = await Promise.resolve(Number(Deno.args[0]));
console.log(late(double(number)), this === undefined);
Deno.exit(number);
`,
  "shared.ts": "export const double = (number: number) => 2 * number;\n",
  "late.ts": `import { double } from "./shared.ts";
export const late = (number: number) => double(number) + 1;
`,
};

async function withProgram(
  test: (main: string, output: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(program)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test(`${folder}/main.ts`, `${folder}/program`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(
  path: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: [...args],
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

for (
  const [what, warmUp] of [["without", undefined], ["with", ["0"]]] as const
) {
  const options = warmUp === undefined ? {} : { warmUp };
  Deno.test(`compile() makes the same bytes of the same sources, ${what} a code cache`, async () => {
    await withProgram(async (main, output) => {
      await compile({ main, output, ...options });
      const first = await Deno.readFile(output);
      await compile({ main, output, ...options });
      const second = await Deno.readFile(output);
      // A comparison that tells the difference would take minutes.
      assert(first.length === second.length);
      assert(first.every((byte, at) => byte === second[at]));
    });
  });

  Deno.test(`compile() makes a program that does the same, ${what} a code cache`, async () => {
    await withProgram(async (main, output) => {
      await compile({ main, output, ...options });
      const outcome = await run(output, ["3"]);
      assertEquals(outcome, { code: 3, stdout: "13 true\n", stderr: "" });
    });
  });
}

Deno.test("compile() rejects where the run that makes the code cache fails", async () => {
  await withProgram(async (main, output) => {
    await assertRejects(
      () => compile({ main, output, warmUp: ["3"] }),
      Error,
      "Cannot make a code cache: 3 exited with 3",
    );
  });
});
