import { assertEquals } from "@std/assert";
import { runScript } from "./test_process.ts";

Deno.test("get() returns the value, nothing for one of others' that is no UTF-8, and refuses one of ours", async () => {
  const { stdout, stderr } = await runScript(
    `
      import { environment } from "./environment.ts";
      for (const name of ["HOME", "LIFESIGN_BIND", "TERM", "LIFESIGN_UID", "LIFESIGN_NONE"]) {
        try {
          console.log(name, environment.get(name));
        } catch (error) {
          console.log(error.name, error.mistakes);
        }
      }
    `,
    {
      shell: `bad=$(printf '/x\\377\\376')
        HOME=/ü LIFESIGN_BIND=lo TERM=$bad LIFESIGN_UID=77$bad exec "$@"`,
    },
  );
  assertEquals([stdout.trimEnd().split("\n"), stderr], [
    [
      "HOME /ü",
      "LIFESIGN_BIND lo",
      "TERM undefined",
      "LifesignError [",
      "  {",
      '    kind: "config",',
      '    message: "LIFESIGN_UID: Cannot read the variable: expected UTF-8"',
      "  }",
      "]",
      "LIFESIGN_NONE undefined",
    ],
    "",
  ]);
});
