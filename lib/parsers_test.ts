import { assertEquals, assertThrows } from "@std/assert";
import {
  addresses,
  addressOrInterface,
  boolean,
  duration,
  formatAddress,
  formatDuration,
  gatewayAddress,
  host,
  integer,
  listenAddress,
  oneOf,
  outputFile,
  type Parser,
  probability,
  size,
  UrlError,
} from "./parsers.ts";

/** What each text is read as. */
function accepts<T>(parse: Parser<T>, rows: readonly [string, T][]): void {
  for (const [text, value] of rows) assertEquals(parse(text), value, text);
}

/** Checks that each word, and each of the other texts, is refused with this message. */
function refuses(
  parse: Parser<unknown>,
  wanted: string,
  words: string,
  ...others: string[]
): void {
  for (const text of [...words.split(" "), ...others]) {
    const error: RangeError = assertThrows(() => parse(text), RangeError);
    assertEquals(error.message, wanted, text);
  }
}

Deno.test("duration() reads numbers with units", () => {
  accepts(duration(0), [
    ["500ms", 500],
    ["60s", 60_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["0.25s", 250],
    ["2.01m", 120_600],
    ["1.1h", 3_960_000],
    ["0.0011s", 1.1],
    ["1d", 86_400_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["007s", 7_000],
    ["0s", 0],
    ["366d", 366 * 86_400_000],
  ]);
});

Deno.test("duration() refuses anything else", () => {
  const unit = "expected a duration with a unit, e.g. 60s, 500ms or 1h30m";
  const words =
    "60 s -5s +5s 1e3s 1,5s .5s 5.s 1.5.5s 60S 5min 5sec 1w 1h30 Infinitys ٣s";
  refuses(duration(1), unit, words, "", "60 s", " 60s", "60s\n");
  const outside = `0s 0.5ms 367d 366d1ms ${"9".repeat(20)}d ${
    "9".repeat(400)
  }s`;
  refuses(
    duration(1),
    "expected a duration from 1ms to 366d, e.g. 60s",
    outside,
  );
  refuses(duration(0), "expected a duration from 0s to 366d, e.g. 60s", "367d");
});

Deno.test("formatDuration() writes the largest unit that leaves no fraction", () => {
  const rows: [number, string][] = [
    [0, "0s"],
    [1, "1ms"],
    [1.5, "1.5ms"],
    [1_000, "1s"],
    [1_500, "1500ms"],
    [60_000, "1m"],
    [90_000, "90s"],
    [5_400_000, "90m"],
    [86_400_000, "1d"],
  ];
  for (const [ms, text] of rows) {
    assertEquals(formatDuration(ms), text);
    assertEquals(duration(0)(text), ms);
  }
});

Deno.test("integer() reads whole numbers between its limits", () => {
  accepts(integer(1, 100), [["1", 1], ["100", 100], ["007", 7]]);
  const wanted = "expected a whole number from 1 to 100, e.g. 3";
  const words = `0 101 -1 +1 1.0 1e1 0x10 ${"9".repeat(16)}`;
  refuses(integer(1, 100), wanted, words, "", " 1", "1\n");
});

Deno.test("probability() reads numbers from 0 to 1", () => {
  accepts(probability, [
    ["0", 0],
    ["1", 1],
    ["0.3", 0.3],
    [".3", 0.3],
    ["1.", 1],
    ["1.0", 1],
  ]);
  const wanted = "expected a number from 0 to 1, e.g. 0.3";
  refuses(probability, wanted, ". 1.1 -0.1 30% 1e-1 0,3 NaN", "");
});

Deno.test("boolean() and oneOf() read words as they are", () => {
  accepts(boolean, [["true", true], ["false", false]]);
  refuses(boolean, "expected true or false", "yes 1 TRUE", "");
  refuses(boolean, 'expected true or false; did you mean "true"?', "treu");
  const level = oneOf(["debug", "info", "warn", "error"]);
  accepts(level, [["warn", "warn"]]);
  refuses(level, "expected debug, info, warn or error", "warning I", "");
  refuses(
    level,
    'expected debug, info, warn or error; did you mean "info"?',
    "inof",
  );
  refuses(oneOf(["alone"]), "expected alone", "other");
});

const gateway = gatewayAddress(3335);

Deno.test("gatewayAddress() reads names and addresses, with and without a port", () => {
  const longest = `${"a".repeat(63)}.`.repeat(3) + "a".repeat(61);
  const rows: [text: string, host: string, port?: number][] = [
    ["gw", "gw"],
    ["gw.example", "gw.example"],
    ["gw.example.", "gw.example."],
    ["GW.Example:4000", "gw.example", 4000],
    ["gw_1.example", "gw_1.example"],
    ["3com.example", "3com.example"],
    ["1.2.3.example", "1.2.3.example"],
    [longest, longest],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:1", "192.0.2.1", 1],
    ["255.255.255.255:65535", "255.255.255.255", 65535],
    ["[::1]", "::1"],
    ["[::1]:3336", "::1", 3336],
    ["[2001:DB8:0:0:0:0:0:7]:9", "2001:db8::7", 9],
    ["::1", "::1"],
    ["2001:db8::7", "2001:db8::7"],
    ["::1:3336", "::1:3336"],
    ["::", "::"],
  ];
  accepts(
    gateway,
    rows.map(([text, host, port = 3335]) => [text, { host, port }]),
  );
});

Deno.test("gatewayAddress() writes IPv4 in IPv6 as the system does, so that replies are known", () => {
  for (
    const text of ["::ffff:192.0.2.1", "::FFFF:c000:201", "[::ffff:c000:0201]"]
  ) {
    assertEquals(gateway(text).host, "::ffff:192.0.2.1", text);
  }
  assertEquals(gateway("::ffff:0.0.0.1").host, "::ffff:0.0.0.1");
  assertEquals(gateway("::fffe:c000:201").host, "::fffe:c000:201");
});

Deno.test("gatewayAddress() refuses what is no host", () => {
  const wanted =
    "expected HOST or HOST:PORT, e.g. 172.16.202.201, gw.example:3335 or [2001:db8::1]:3335";
  const words = ": :3335 . -x x- a..b .a gw/ é.example a:b:c 1:2:3";
  refuses(gateway, wanted, words, "", "gw example", " gw", "gw\n");
  refuses(gateway, wanted, "1.2.3 1 1.2.3.4.5 256.2.3.4 01.2.3.4 1.2.3.4.");
  refuses(gateway, wanted, ":::1 [::1 ::1] [] []:3335 [gw] [1.2.3.4]");
  refuses(gateway, wanted, "[::1]3335 fe80::1%eth0");
  const long = ["a".repeat(64), "a.".repeat(200), "a".repeat(10_000)];
  refuses(gateway, wanted, long.join(" "));
});

Deno.test("gatewayAddress() names the host of a URL that was pasted", () => {
  const rows: [text: string, host: string][] = [
    ["http://172.16.202.201/srun_portal_pc?ac_id=1", "172.16.202.201"],
    ["https://gw.example", "gw.example"],
    ["HTTP://Portal.example:8080/#/login", "Portal.example"],
    ["http://me:secret@gw.example/", "gw.example"],
    ["http://[2001:db8::1]:80/", "[2001:db8::1]"],
    ["srun://gw.example:3336", "gw.example:3336"],
    ["srun://[::1]:3336/", "[::1]:3336"],
    ["udp://10.0.0.1?x", "10.0.0.1"],
  ];
  for (const [text, host] of rows) {
    const error = assertThrows(() => gateway(text), UrlError);
    assertEquals(error.host, host, text);
    // What is offered is accepted.
    gateway(host);
  }
  const none = [
    "http://",
    "http:///x",
    "http://a b/",
    "://gw",
    "srun://gw:70000",
  ];
  for (const text of none) {
    assertThrows(() => gateway(text), RangeError, "expected ");
  }
});

Deno.test("gatewayAddress() refuses what is no port", () => {
  const wanted = "expected a port from 1 to 65535, e.g. 3335";
  const ports = ["", "0", "65536", "70000", "-1", "+1", "1e3", "x", " 1"];
  for (const port of ports) {
    refuses(gateway, wanted, "gw:", `gw.example:${port}`, `[::1]:${port}`);
  }
  assertEquals(gatewayAddress(3335, 0)("gw:0"), { host: "gw", port: 0 });
  const orFree = "expected a port from 0 to 65535, e.g. 3335";
  refuses(gatewayAddress(3335, 0), orFree, "gw:65536 gw:");
});

Deno.test("listenAddress() reads a port, on this machine alone unless an address is given", () => {
  const rows: [text: string, host: string, port: number][] = [
    ["9105", "127.0.0.1", 9105],
    [":0", "127.0.0.1", 0],
    ["localhost:1", "127.0.0.1", 1],
    ["192.0.2.1:65535", "192.0.2.1", 65535],
    ["[::1]:9105", "::1", 9105],
    ["0.0.0.0:9105", "0.0.0.0", 9105],
  ];
  for (const [text, host, port] of rows) {
    assertEquals(listenAddress(text), { host, port });
  }
  for (
    const text of [
      "",
      "a",
      "gw.example:1",
      "127.0.0.1",
      "::1",
      "[::1]",
      "65536",
      "1:",
      "http://127.0.0.1:1",
    ]
  ) {
    assertThrows(() => listenAddress(text), RangeError, "expected a port");
  }
});

Deno.test("host() reads names and addresses without a port", () => {
  accepts(host, [
    ["GW.Example", "gw.example"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8::0:7", "2001:db8::7"],
    ["[::1]", "::1"],
  ]);
  refuses(
    host,
    "expected the name or the address of a host, e.g. server.example",
    "a:1 [::1]:5 a/b https://a 1.2.3",
    "",
    "a b",
  );
});

Deno.test("addressOrInterface() reads addresses and names of interfaces", () => {
  accepts(addressOrInterface, [
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["2001:DB8::0:7", "2001:db8::7"],
    ["eth0.1", "eth0.1"],
    ["br-lan", "br-lan"],
    ["wg_a.2+b", "wg_a.2+b"],
    ["123456789012345x".slice(1), "23456789012345x"],
  ]);
  const wanted =
    "expected a local IPv4 or IPv6 address or the name of an interface, e.g. eth0 or 192.168.1.2";
  const words = "192.0.2.1:0 192.0.2.300 [192.0.2.1] 1.2.3 ::1] [::1]:5 a/b " +
    "eth0:1 sixteen-letters- et\u001b0";
  refuses(addressOrInterface, wanted, words, "", "eth0 ");
});

Deno.test("addressOrInterface() says which interface is meant by what ip shows of it", () => {
  refuses(
    addressOrInterface,
    "expected the interface's name alone, and that name is wan: `ip` shows behind the @ what it is linked to",
    "wan@if5 wan@NONE wan@eth0.2",
  );
});

Deno.test("addresses() reads several, in their canonical form", () => {
  accepts(addresses, [
    ["192.0.2.1", ["192.0.2.1"]],
    ["192.0.2.1,2001:DB8::0:7", ["192.0.2.1", "2001:db8::7"]],
    ["192.0.2.1, [::1]", ["192.0.2.1", "::1"]],
  ]);
  const wanted =
    "expected IPv4 or IPv6 addresses, separated by commas, e.g. 192.0.2.1,2001:db8::1";
  const words = ", 192.0.2.1, gw.example 192.0.2.1:3335 eth0";
  refuses(addresses, wanted, words, "", "192.0.2.1 192.0.2.2");
});

Deno.test("formatAddress() writes what gatewayAddress() reads", () => {
  for (const text of ["gw.example:1", "192.0.2.1:3335", "[2001:db8::7]:9"]) {
    assertEquals(formatAddress(gateway(text)), text);
  }
});

Deno.test("size() reads bytes, and units that are powers of 1024", () => {
  accepts(size, [
    ["0", 0],
    ["1", 1],
    ["65536", 65536],
    ["007", 7],
    ["1k", 1024],
    ["1K", 1024],
    ["512KiB", 524288],
    ["512kiB", 524288],
    ["10M", 10485760],
    ["10MiB", 10485760],
    ["1GiB", 1073741824],
    ["1024GiB", 1024 ** 4],
  ]);
});

Deno.test("size() refuses anything else", () => {
  const wanted =
    "expected a number of bytes up to 1024GiB, e.g. 10MiB, 512KiB or 65536";
  const words = "M -1 +1 1.5MiB 1e6 10MB 10mb 10m 10Mib 10B 1025GiB 1TiB";
  refuses(size, wanted, `${words} 99999999999999`, "", "1 MiB");
});

Deno.test("outputFile() reads any name but that of stdout", () => {
  accepts(outputFile, [["/var/log/x", "/var/log/x"], ["./-", "./-"]]);
  refuses(outputFile, "expected a file name, e.g. ./file", "-");
  refuses(outputFile, "expected a file name, e.g. ./file", "");
});
