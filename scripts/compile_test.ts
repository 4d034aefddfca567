import { assert, assertEquals, assertRejects } from "@std/assert";
import { createFolder, outcomeOf } from "../tests/harness.ts";
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
  await using folder = await createFolder(program);
  await test(`${folder.path}/main.ts`, `${folder.path}/program`);
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
      const command = new Deno.Command(output, { args: ["3"] });
      const outcome = outcomeOf(await command.output());
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
