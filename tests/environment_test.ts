import { assertEquals } from "@std/assert";
import { lifesign, quote, sh, startGateway } from "./harness.ts";

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

Deno.test("a misspelled variable is told of, and stops nothing", async () => {
  await using gateway = await startGateway();
  const hint =
    'LIFESIGN_GATWAY: Cannot use the variable: there is no such setting; did you mean "LIFESIGN_GATEWAY"?';
  const env = { LIFESIGN_GATWAY: "127.0.0.1", LIFESIGN_VERSION: "1" };
  const here = `-g ${gateway.address} -u 77`;
  const rows: [command: string, code: number, told: string[]][] = [
    [`check ${here}`, 0, [`lifesign: ${hint}`]],
    [`check -q ${here}`, 0, []],
    ["config get tries", 0, [`lifesign: ${hint}`]],
    ["check -u 77", 78, [hint]],
    ["status", 78, [hint]],
  ];
  for (const [command, expected, told] of rows) {
    const { code, stderr } = await sh(`lifesign ${command}`, { env });
    const lines = stderr.split("\n").filter((line) => line.includes("GATWAY"));
    assertEquals([code, lines], [expected, told], command);
  }
});

Deno.test("a hook that calls lifesign gets no warning of what it is told", async () => {
  await using gateway = await startGateway();
  const own = quote(lifesign);
  const { code, stdout } = await sh(
    `lifesign run --count 1 --on-cycle "$HOOK" 2>&1 | grep ^hook`,
    {
      env: {
        LIFESIGN_GATEWAY: gateway.address,
        LIFESIGN_UID: "77",
        HOOK:
          `{ env | grep -c ^LIFESIGN_HOOK_; ${own} config get tries; } 2>&1 | sed 's/^/hook /'`,
      },
    },
  );
  assertEquals([code, stdout], [0, "hook 7\nhook 3\n"]);
});
