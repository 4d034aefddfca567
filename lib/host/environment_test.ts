import { assertEquals } from "@std/assert";
import { runScript } from "./test_process.ts";

Deno.test("takeEnvironment() returns the value, nothing for one of others' that is no UTF-8, and refuses one of ours", async () => {
  const { stdout, stderr } = await runScript(
    `
      import { takeEnvironment } from "./environment.ts";
      const own = ["LIFESIGN_BIND", "LIFESIGN_UID", "LIFESIGN_NONE"];
      const environment = takeEnvironment(own);
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

Deno.test("takeEnvironment() names what begins with LIFESIGN_, and leaves no right to read more", async () => {
  const { stdout, stderr } = await runScript(
    `
      import { takeEnvironment } from "./environment.ts";
      const { get, ownNames } = takeEnvironment(["LIFESIGN_A"]);
      const own = ownNames.filter((name) => /_[A-Z]$/.test(name));
      console.log(own.toSorted().join(" "), get("HOME"));
      try {
        console.log(Deno.env.get("HOME"));
      } catch (error) {
        console.log(error.name);
      }
      try {
        console.log(get("OTHER"));
      } catch (error) {
        console.log(error.message);
      }
    `,
    {
      shell: `bad=$(printf '/x\\377\\376')
        OTHER=1 LIFESIGN_A= LIFESIGN_B=$bad lifesign_c=1 LIFESIGN_D=1 exec "$@"`,
      env: { HOME: "/h" },
    },
  );
  assertEquals([stdout, stderr], [
    "LIFESIGN_A LIFESIGN_D /h\nNotCapable\nDid not take OTHER\n",
    "",
  ]);
});
