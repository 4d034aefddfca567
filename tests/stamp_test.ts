import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createFolder,
  run,
  sh,
  start,
  startGateway,
  unless,
} from "./harness.ts";

const keys = { key: "00".repeat(16), other: "01".repeat(32) };

const listen = ["--listen", "stamp://127.0.0.1:0"];

Deno.test("gateway reflects STAMP, and check understands it", async () => {
  await using folder = await createFolder(keys);
  const key = (name: string) => ["--key-file", `${folder.path}/${name}`];
  const rows: [
    reflector: string[],
    client: string[],
    code: number,
    action: string,
  ][] = [
    [[], [], 0, "alive"],
    [key("key"), key("key"), 0, "alive"],
    [[], key("key"), 20, "padding"],
    [key("key"), [], 20, "length"],
    [key("key"), key("other"), 20, "mac"],
    [[...key("key"), "--loss=1"], key("key"), 20, "request_lost"],
  ];
  for (const [flags, client, expected, action] of rows) {
    await using gateway = await startGateway(...listen, ...flags);
    const { code, stdout } = await run([
      ...["check", "--json", `stamp://${gateway.address}`, ...client],
      ...["--tries=1", "--timeout", expected === 20 ? "400ms" : "60s"],
    ]);
    assertEquals(code, expected, stdout);
    const event = await gateway.event();
    assertEquals([event["event"], event["action"]], ["request", action]);
    const { rtt_ms, one_way_ms } = JSON.parse(stdout).sessions[0];
    if (one_way_ms === null) continue;
    const { there, back } = one_way_ms;
    assert(there >= 0 && back >= 0 && there + back <= rtt_ms + 0.1, stdout);
  }
});

Deno.test("gateway -q counts for Prometheus what it did, and SIGTERM ends it with 0", async () => {
  await using folder = await createFolder(keys);
  const metrics = `${folder.path}/metrics`;
  const args = ["gateway", "--json", "-q", ...listen];
  await using gateway = start([...args, "--metrics-file", metrics]);
  const { port, protocol } = await gateway.event();
  assertEquals(protocol, "stamp");
  const target = `stamp://127.0.0.1:${port}`;
  assertEquals((await run(["check", target])).code, 0);
  assertEquals(
    (await run([
      "check",
      "-q",
      "-t200ms",
      "-n2",
      target,
      "--key-file",
      `${folder.path}/key`,
    ])).code,
    20,
  );
  gateway.signal("SIGTERM");
  assertEquals(await gateway.outcome, { code: 0, signal: null, stderr: "" });
  const text = await Deno.readTextFile(metrics);
  const name = "lifesign_reflector_datagrams_total";
  assertStringIncludes(text, `\n${name}{action="alive"} 1\n`);
  assertStringIncludes(text, `\n${name}{action="padding"} 2\n`);
});

Deno.test("doctor says what a reflector's silence may mean", async () => {
  await using folder = await createFolder(keys);
  const key = (name: string) => ["--key-file", `${folder.path}/${name}`];
  await using gateway = await startGateway(...listen, ...key("key"));
  const target = `stamp://${gateway.address}`;
  const { code, stdout } = await run(["doctor", target, ...key("other")]);
  assertEquals(code, 20, stdout);
  const text = stdout.replace(/\s+/g, " ");
  assertStringIncludes(text, "compare the keys, and `date -u` on both sides");
});

const { code } = await sh("python3 -c ''");

/** A client written from RFC 8762 alone: it prints whether the answer to its request is right, then whether a stranger and an old request get any. */
const client = `
import hashlib, hmac, os, socket, struct, sys, time
port, key = int(sys.argv[1]), bytes.fromhex(open(sys.argv[2]).read())
def seal(packet, key=key):
    return packet + hmac.new(key, packet, hashlib.sha256).digest()[:16]
def now():
    t = time.time()
    return (int(t) + 2208988800) << 32 | int(t % 1 * 2**32)
def request(number, time):
    return struct.pack(">I12xQHH68x", number, time, 1, 0xabcd)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", port))
def ask(packet, wait):
    s.settimeout(wait)
    s.send(packet)
    try:
        return s.recv(2000)
    except socket.timeout:
        return None
sent = now()
reply = ask(seal(request(7, sent)), 60)
fields = struct.unpack(">I12xQH2s4xQ8xI12xQH6xB15x16s", reply)
number, left, error, ssid, came, echoed, time_, error_, ttl, mac = fields
print(len(reply), number, echoed, time_ == sent, error_, ssid.hex(), ttl)
# Its clock may be a ms behind ours, where that has whole ms only.
ms = 2**32 // 1000
print(sent - ms <= came <= left <= now(), error & 255 != 0, seal(reply[:96]) == reply)
wrong = [seal(request(8, now()), bytes(16)[:15] + b"x"), request(9, now()) + bytes(16),
  seal(request(10, now() - (61 << 32))), seal(request(11, now() + (61 << 32))), reply, request(1, now())[:44]]
print([ask(packet, 0.2) for packet in wrong])
print(ask(seal(request(12, now())), 60)[3])
`;

unless(code === 0 ? undefined : "no python3").test(
  "gateway answers a client that was written from the RFC, and no stranger",
  async () => {
    await using folder = await createFolder(keys);
    const file = `${folder.path}/key`;
    await using gateway = await startGateway(...listen, "--key-file", file);
    const [, port = ""] = gateway.address.split(":");
    const python = start(["-c", client, port, file], { command: "python3" });
    await using _ = python;
    assertEquals([await python.line(), await python.line()], [
      "112 7 7 True 1 abcd 255",
      "True True True",
    ]);
    assertEquals(
      [await python.line(), await python.line()],
      ["[None, None, None, None, None, None]", "12"],
    );
  },
);
