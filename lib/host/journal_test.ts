import { assertEquals } from "@std/assert";
import { runScript } from "./test_process.ts";

Deno.test("isJournal() tells whether stderr is what JOURNAL_STREAM names", async () => {
  const script = `
    import { takeEnvironment } from "./environment.ts";
    import { isJournal } from "./journal.ts";
    console.log(isJournal(takeEnvironment([])));
  `;
  const name = "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2)";
  const rows: [shell: string, expected: boolean][] = [
    [`export ${name}; exec "$@"`, true],
    [`export ${name}; exec "$@" 2>/dev/null`, false],
    [`export ${name}0; exec "$@"`, false],
    ['export JOURNAL_STREAM=; exec "$@"', false],
    ['export JOURNAL_STREAM=x; exec "$@" 2>&-', false],
    ['unset JOURNAL_STREAM; exec "$@"', false],
  ];
  for (const [shell, expected] of rows) {
    const { stdout } = await runScript(script, { shell });
    assertEquals(stdout, `${expected}\n`, shell);
  }
});
