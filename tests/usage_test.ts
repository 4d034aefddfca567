import { assert, assertEquals } from "@std/assert";
import { assertOutcome, isStatic, listedCommands, run } from "./harness.ts";

const wrong: [args: string[], code: number, stderr: string[]][] = [
  [["--hlep"], 64, [
    'lifesign: Cannot use "--hlep" here: expected a command first, e.g. "lifesign --help"',
  ]],
  [["check", "-v", "-g", "127.0.0.1", "-u", "1"], 64, [
    'lifesign: Cannot use "-v": there is no such flag here; "lifesign run -v" has it',
  ]],
  [["chekc"], 64, [
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ]],
  [["-g", "gw.example", "check"], 64, [
    'lifesign: Cannot use "-g" here: expected a command first, e.g. "lifesign check -g"',
  ]],
  [["check", "--gatway", "gw.example", "-u", "1", "-g", "127.0.0.1"], 64, [
    'lifesign: Cannot use "--gatway": there is no such flag here; did you mean "--gateway"?',
  ]],
  [["check", "-g", "127.0.0.1", "-u"], 64, [
    "-u needs a value, e.g. -u 123456",
  ]],
  [["check", "-g", "127.0.0.1", "--uid", "-5"], 64, [
    '--uid needs a value, e.g. --uid 123456; a value that begins with "-" needs "=", e.g. --uid=-5',
  ]],
  [["check", "dorm", "-g", "127.0.0.1", "-u", "1"], 64, [
    'lifesign: Cannot find a session "dorm": expected default',
  ]],
  [["check", "-g", "127.0.0.1", "--uid=-2"], 78, [
    '--uid: Cannot read "-2": expected any number but -2, which means a dead session, e.g. 123456',
  ]],
  [["check", "-g", "127.0.0.1", "-u", "9223372036854775808"], 78, [
    '--uid: Cannot read "***08": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
  ]],
  [["check", "-g", "127.0.0.1", "-u", "12abc"], 78, [
    '--uid: Cannot read "***abc": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
  ]],
  [["check", "-u", "1", "-g", "127.0.0.1:0"], 78, [
    '--gateway: Cannot read "127.0.0.1:0": expected a port from 1 to 65535, e.g. 3335',
  ]],
  [["check", "-u", "1", "-g", "gw.example:65536"], 78, [
    '--gateway: Cannot read "gw.example:65536": expected a port from 1 to 65535, e.g. 3335',
  ]],
  [["check", "-u", "1", "-g", ""], 78, [
    '--gateway: Cannot read "": expected HOST or HOST:PORT, e.g. 172.16.202.201, gw.example:3335 or [2001:db8::1]:3335',
  ]],
  [["check"], 78, [
    'lifesign: Cannot reach a gateway: none is given, expected --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST", e.g. --gateway 172.16.202.201',
    'lifesign: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456',
  ]],
  [["run", "-g", "127.0.0.1", "-u", "1", "-i", "2s"], 78, [
    "--interval: Cannot fit 3 tries into 2s: they take up to 4750ms, expected a longer interval, a shorter timeout or fewer tries, e.g. an interval of 5s",
  ]],
  [["check", "--bogus", "-u", "x", "-n", "0", "-g", "a:b", "--json"], 64, [
    'lifesign: Cannot use "--bogus": there is no such flag here',
    '--gateway: Cannot read "a:b": expected a port from 1 to 65535, e.g. 3335',
    '--uid: Cannot read "x": expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456',
    '--tries: Cannot read "0": expected a whole number from 1 to 20, e.g. 3',
  ]],
  [["gateway", "--loss", "2", "--garble", "tial"], 78, [
    '--loss: Cannot read "2": expected a number from 0 to 1, e.g. 0.3',
    '--garble: Cannot read "tial": expected length, uid, tail or random; did you mean "tail"?',
  ]],
  [["gateway", "--listen", "192.0.2.1:0", "--duplicate"], 78, [
    "--duplicate: Cannot simulate faults at 192.0.2.1: expected a loopback address, e.g. --listen 127.0.0.1:3335",
  ]],
  [["gateway", "--listen", "192.0.2.1:0"], 73, [
    "--listen: Cannot listen at 192.0.2.1:0: 192.0.2.1 is not an address of this machine, at least not now: does `ip address` show it?",
  ]],
  [["exit-codes", "--yaml", "now"], 64, [
    'lifesign: Cannot use "--yaml": there is no such flag here',
  ]],
  [["completions"], 64, [
    'lifesign: Cannot guess the shell: expected bash, zsh or fish, e.g. "lifesign completions bash"',
  ]],
  [["completions", "fsh", "--json"], 64, [
    'lifesign: Cannot use "--json": there is no such flag here',
    'lifesign: Cannot complete in "fsh": expected bash, zsh or fish; did you mean "zsh"?',
  ]],
  [["completions", "bash", "zsh"], 64, [
    'lifesign: Cannot use "zsh", too: expected only one shell',
  ]],
  [["help", "me"], 64, [
    'lifesign: Cannot find a command "me": "lifesign help" lists them',
  ]],
];

for (const [args, code, lines] of wrong) {
  Deno.test(`lifesign ${args.join(" ")} ends with ${code}, and says why`, async () => {
    assertOutcome(await run(args), {
      code,
      stdout: "",
      stderr: lines.map((line) => `${line}\n`).join(""),
    });
  });
}

Deno.test("help is there for the program and each command, by any spelling", async () => {
  for (const name of await listedCommands()) {
    const text = await run(["help", name]);
    assertOutcome(text, { code: 0, stderr: "" });
    assertEquals(await run([name, "--help"]), text);
    assertEquals(await run([name, "--help", "--bogus"]), text);
    const short = await run([name, "-h"]);
    assertOutcome(short, { code: 0, stderr: "" });
    assertEquals(await run(["-h", name]), short);
    const longest = Math.max(...text.stdout.split("\n").map((s) => s.length));
    assert(longest <= 80, `${name}: ${longest}`);
  }
});

Deno.test("lifesign alone says what there is, and ends with 64", async () => {
  const { stdout } = await run(["-h"]);
  assertOutcome(await run([]), { code: 64, stdout: "", stderr: stdout });
});

Deno.test("--version prints deno.json's version in its first line, and then which build it is", async () => {
  const { default: config } = await import("../deno.json", {
    with: { type: "json" },
  });
  for (const args of [["--version"], ["-V"], ["version"]]) {
    const outcome = await run(args);
    assertOutcome(outcome, { code: 0, stderr: "" });
    const [first, build, parts, license] = outcome.stdout.split("\n");
    assertEquals(first, `lifesign ${config.version}`);
    const kind = isStatic
      ? "static, \\S+-musl\\w*, no TLS"
      : "glibc, \\S+, TLS";
    assert(new RegExp(`^Build: ${kind}$`).test(build!), build);
    const runtime = isStatic ? "QuickJS 2" : "Deno 2.";
    assert(parts!.startsWith(`Made of: ${runtime}`), parts);
    assert(license!.startsWith("License: MIT; "), license);
  }
});
