import { assertEquals } from "@std/assert";
import { sh, startGateway } from "./harness.ts";

/** No UTF-8, as an old init script leaves it. */
const bad = "$(printf '/x\\377\\376')";

Deno.test("others' variables may be no UTF-8", async () => {
  await using gateway = await startGateway();
  const names = ["HOME", "XDG_CONFIG_HOME", "NOTIFY_SOCKET", "WATCHDOG_USEC"]
    .concat(["JOURNAL_STREAM", "RUNTIME_DIRECTORY", "TZ", "LANG", "NO_COLOR"])
    .concat(["TERM", "XAUTHORITY", "SOME_OTHER"]);
  const script = `bad=${bad}; export ${names.map((n) => `${n}=$bad`).join(" ")}
    lifesign check -g ${gateway.address} -u 77 || echo "check $?"
    lifesign run -g ${gateway.address} -u 77 --count 1 \
      --on-alive 'exit 1' || echo "run $?"
    lifesign exit-codes >/dev/null || echo "exit-codes $?"`;
  const { code, stdout, stderr } = await sh(script);
  const verdict = /^default: alive \(.*\)\n$/.test(stdout);
  assertEquals([code, verdict, /crash/i.test(stderr)], [0, true, false]);
});

Deno.test("our variables have to be UTF-8", async () => {
  for (const name of ["UID", "CONFIG", "LOG_FILE", "TIMEOUT"]) {
    const { code, stdout, stderr } = await sh(
      `LIFESIGN_${name}=${bad} lifesign check -g 127.0.0.1 -u 77`,
    );
    assertEquals([code, stdout, stderr], [
      78,
      "",
      `LIFESIGN_${name}: Cannot read the variable: expected UTF-8\n`,
    ]);
  }
});
