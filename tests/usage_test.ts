import { assert, assertEquals } from "@std/assert";
import { assertOutcome, listedCommands, run } from "./harness.ts";

const wrong: [args: string[], code: number, stderr: string[]][] = [
  [[], 64, [
    'lifesign: Cannot guess what to do: a command is wanted, "lifesign help" lists them',
  ]],
  [["chekc"], 64, [
    'lifesign: Cannot find a command "chekc": "lifesign help" lists them; did you mean "check"?',
  ]],
  [["-g", "gw.example", "check"], 64, [
    'lifesign: Cannot use "-g" here: a command is wanted first, as in "lifesign check -g"',
  ]],
  [["check", "--gatway", "gw.example", "-u", "1", "-g", "127.0.0.1"], 64, [
    'lifesign: Cannot use "--gatway": there is no such flag here; did you mean "--gateway"?',
  ]],
  [["check", "-g", "127.0.0.1", "-u"], 64, [
    '-u: Cannot set uid without a value: one is wanted, with "=" before it if it begins with "-", as in --uid=-5',
  ]],
  [["check", "-g", "127.0.0.1", "--uid", "-5"], 64, [
    '--uid: Cannot set uid without a value: one is wanted, with "=" before it if it begins with "-", as in --uid=-5',
  ]],
  [["check", "dorm", "-g", "127.0.0.1", "-u", "1"], 64, [
    'lifesign: Cannot find a session "dorm": default is wanted',
  ]],
  [["check", "-g", "127.0.0.1", "--uid=-2"], 78, [
    '--uid: Cannot read "-2": any number but -2 is wanted, which is what a gateway says of a dead session',
  ]],
  [["check", "-g", "127.0.0.1", "-u", "9223372036854775808"], 78, [
    '--uid: Cannot read "***08": a number from -9223372036854775808 to 9223372036854775807 is wanted',
  ]],
  [["check", "-g", "127.0.0.1", "-u", "12abc"], 78, [
    '--uid: Cannot read "***abc": a whole number is wanted, from -9223372036854775808 to 9223372036854775807',
  ]],
  [["check", "-u", "1", "-g", "127.0.0.1:0"], 78, [
    '--gateway: Cannot read "127.0.0.1:0": a port from 1 to 65535 is wanted',
  ]],
  [["check", "-u", "1", "-g", "gw.example:65536"], 78, [
    '--gateway: Cannot read "gw.example:65536": a port from 1 to 65535 is wanted',
  ]],
  [["check", "-u", "1", "-g", ""], 78, [
    '--gateway: Cannot read "": HOST or HOST:PORT is wanted, as in gw.example, 172.16.202.201:3335 or [2001:db8::1]:3335',
  ]],
  [["check"], 78, [
    'lifesign: Cannot reach a gateway: none is named, --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST" is wanted',
    'lifesign: Cannot send a heartbeat: no UID is given, --uid, --uid-file or a line "uid_file = FILE" is wanted',
  ]],
  [["run", "-g", "127.0.0.1", "-u", "1", "-i", "2s"], 78, [
    "--interval: Cannot fit 3 tries into 2s: they take up to 4750ms, a longer interval, a shorter timeout or fewer tries are wanted",
  ]],
  [["check", "--bogus", "-u", "x", "-n", "0", "-g", "a:b", "--json"], 64, [
    'lifesign: Cannot use "--bogus": there is no such flag here',
    '--gateway: Cannot read "a:b": a port from 1 to 65535 is wanted',
    '--uid: Cannot read "x": a whole number is wanted, from -9223372036854775808 to 9223372036854775807',
    '--tries: Cannot read "0": a whole number from 1 to 20 is wanted',
  ]],
  [["gateway", "--loss", "2", "--garble", "tial"], 78, [
    '--loss: Cannot read "2": a number from 0 to 1 is wanted, as in 0.3',
    '--garble: Cannot read "tial": length, uid, tail or random is wanted; did you mean "tail"?',
  ]],
  [["gateway", "--listen", "192.0.2.1:0", "--duplicate"], 78, [
    "--duplicate: Cannot simulate faults at 192.0.2.1: a loopback address is wanted",
  ]],
  [["gateway", "--listen", "192.0.2.1:0"], 73, [
    "--listen: Cannot listen at 192.0.2.1:0: 192.0.2.1 is not an address of this machine, at least not now: does `ip address` show it?",
  ]],
  [["exit-codes", "--yaml", "now"], 64, [
    'lifesign: Cannot use "--yaml": there is no such flag here',
  ]],
  [["completions"], 64, [
    "lifesign: Cannot guess the shell: bash, zsh or fish is wanted",
  ]],
  [["completions", "fsh", "--json"], 64, [
    'lifesign: Cannot use "--json": there is no such flag here',
    'lifesign: Cannot complete in "fsh": bash, zsh or fish is wanted; did you mean "zsh"?',
  ]],
  [["completions", "bash", "zsh"], 64, [
    'lifesign: Cannot use "zsh", too: one shell is wanted',
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
    assertEquals(await run([name, "-h", "--bogus"]), text);
    const longest = Math.max(...text.stdout.split("\n").map((s) => s.length));
    assert(longest <= 80, `${name}: ${longest}`);
  }
});

Deno.test("--version prints deno.json's version", async () => {
  const { default: config } = await import("../deno.json", {
    with: { type: "json" },
  });
  const stdout = `lifesign ${config.version}\n`;
  for (const args of [["--version"], ["-V"], ["version"]]) {
    assertOutcome(await run(args), { code: 0, stdout, stderr: "" });
  }
});
