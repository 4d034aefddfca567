import { assertEquals } from "@std/assert";
import type { Layer } from "./layers.ts";
import { mistakesOf } from "./origin.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { srun } from "../protocol/srun.ts";
import { srunHttp } from "../protocol/srun_http.ts";
import { tcp, tls } from "../protocol/tcp.ts";
import { ws, wss } from "../protocol/ws.ts";
import { checkPresence, checkSession, type Purpose } from "./session.ts";
import type { SessionSettings } from "./settings.ts";

const settings: SessionSettings = {
  deadOn: null,
  hold: null,
  also: null,
  target: null,
  gateway: { host: "192.0.2.1", port: 3335 },
  interval: 60_000,
  timeout: 1_000,
  tries: 3,
  confirm: 2,
  deadAfter: 2_000,
  replyFrom: null,
  bind: null,
  family: "auto",
  jitter: 0,
  tolerate: 0,
  count: null,
  giveUpAfter: null,
  recover: 1,
  onCycle: null,
  onFaultAfter: 0,
  onFaultEvery: null,
  login: null,
  loginTries: null,
  onDead: null,
  onFault: null,
  onAlive: null,
  hookTimeout: 60_000,
};

const origins: Layer = {
  gateway: { text: "", origin: { type: "flag", name: "--gateway" } },
  uid: { text: "", origin: { type: "flag", name: "--uid" } },
  bind: { text: "", origin: { type: "environment", name: "LIFESIGN_BIND" } },
};

/** What is wrong with a session, for a run unless told otherwise. */
function messages(
  change: Partial<SessionSettings>,
  {
    purpose = "run" as Purpose,
    origins: from = origins,
    protocol = srun as Protocol,
    hasTls = true,
  } = {},
): string[] {
  const resolved = { settings: { ...settings, ...change }, origins: from };
  return mistakesOf(checkSession(resolved, { purpose, protocol, hasTls }))
    .map(({ kind, message }) => `${kind}: ${message}`);
}

Deno.test("checkSession() refuses what needs TLS where there is none", () => {
  for (const protocol of [tls, wss]) {
    assertEquals(
      messages({}, { protocol, hasTls: false }).map((it) =>
        it.replace(/:\/\/:.*/, "://")
      ),
      [`config: --gateway: Cannot ask by ${protocol.scheme}://`],
    );
    assertEquals(messages({}, { protocol }), []);
  }
  for (const protocol of [srun, tcp]) {
    assertEquals(messages({}, { protocol, hasTls: false }), []);
  }
});

Deno.test("checkSession() finds nothing wrong with settings that fit together", () => {
  assertEquals(messages({}), []);
  assertEquals(messages({}, { purpose: "check", origins }), []);
});

Deno.test("checkSession() wants a gateway that is one host", () => {
  const hosts = ["224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:239.1.2.3"];
  for (const host of hosts) {
    for (const purpose of ["check", "run"] as const) {
      assertEquals(
        messages({ gateway: { host, port: 3335 } }, { purpose, origins }),
        [
          `config: --gateway: Cannot ask ${host}: that is many hosts, expected an address of the gateway's own, e.g. 172.16.202.201`,
        ],
      );
    }
  }
});

/** A layer in which these settings stand. */
function layerOf(...names: string[]): Layer {
  const textOf = (name: string) => ({
    text: "",
    origin: { type: "flag", name: `--${name}` } as const,
  });
  return Object.fromEntries(names.map((name) => [name, textOf(name)]));
}

Deno.test("checkPresence() wants a gateway and exactly one of uid and uid_file", () => {
  const noGateway =
    'lifesign: Cannot reach a gateway: none is given, expected --gateway, LIFESIGN_GATEWAY or a line "gateway = HOST", e.g. --gateway 172.16.202.201';
  const noUid =
    'lifesign: Cannot send a heartbeat: no UID is given, expected --uid, --uid-file or a line "uid_file = FILE", e.g. --uid 123456';
  const both =
    "--uid: Cannot use uid and uid_file together: expected only one of them";
  const rows: [there: string[], incomplete: string[], ...messages: string[]][] =
    [
      [["gateway", "uid"], []],
      [["gateway", "uidFile"], []],
      [[], [], noGateway, noUid],
      [["gateway"], [], noUid],
      [["uid"], [], noGateway],
      [["gateway", "uid", "uidFile"], [], both],
      [["uid", "uidFile"], [], noGateway, both],
      [["uid"], ["gateway"]],
      [["gateway"], ["uid"]],
      [["gateway"], ["uidFile", "tries"]],
      [["gateway"], ["tries"], noUid],
    ];
  for (const [there, incomplete, ...expected] of rows) {
    const findings = checkPresence(layerOf(...there), srun, {
      incomplete: new Set(incomplete),
    });
    const mistakes = expected.map((message) => ({ kind: "config", message }));
    assertEquals(mistakesOf(findings), mistakes);
  }
});

Deno.test("checkPresence() says where a session stands that lacks something", () => {
  const home = { type: "file", file: "f", line: 3, column: 1 } as const;
  assertEquals(
    mistakesOf(checkPresence(layerOf("uid"), srun, { home }))
      .map(({ message }) => message.split(": ", 2).join(": ")),
    ["f:3:1: Cannot reach a gateway"],
  );
});

Deno.test("checkSession() wants addresses of one family", () => {
  const four = { host: "192.0.2.1", port: 3335 };
  const six = { host: "2001:db8::1", port: 3335 };
  const name = { host: "gw.example", port: 3335 };
  const rows: [Partial<SessionSettings>, ...string[]][] = [
    [{ family: "4" }],
    [{ gateway: six, family: "6", bind: "::1" }],
    [{ gateway: name, family: "6" }],
    [{ gateway: name, bind: "::1" }],
    [
      { gateway: six, family: "4" },
      "--gateway: Cannot use 2001:db8::1: expected an IPv4 address, e.g. 192.0.2.1",
    ],
    [
      { gateway: four, family: "6", bind: "127.0.0.1" },
      "--gateway: Cannot use 192.0.2.1: expected an IPv6 address, e.g. 2001:db8::1",
      "LIFESIGN_BIND: Cannot use 127.0.0.1: expected an IPv6 address, e.g. 2001:db8::1",
    ],
    [
      { gateway: name, family: "4", bind: "::1" },
      "LIFESIGN_BIND: Cannot use ::1: expected an IPv4 address, e.g. 192.0.2.1",
    ],
    [
      { gateway: four, bind: "::1" },
      "LIFESIGN_BIND: Cannot reach 192.0.2.1 from ::1: expected an IPv4 address, e.g. 192.0.2.1",
    ],
    [
      { gateway: six, bind: "0.0.0.0" },
      "LIFESIGN_BIND: Cannot reach 2001:db8::1 from 0.0.0.0: expected an IPv6 address, e.g. 2001:db8::1",
    ],
  ];
  for (const [change, ...expected] of rows) {
    assertEquals(messages(change), expected.map((line) => `config: ${line}`));
  }
});

Deno.test("checkSession() wants a series of tries to fit into the interval, if there is one", () => {
  const rows: [Partial<SessionSettings>, ...string[]][] = [
    [{ interval: 4_750 }],
    [
      { interval: 4_749 },
      "Cannot fit 3 tries into 4749ms: they take up to 4750ms, expected a longer interval, a shorter timeout or fewer tries, e.g. an interval of 5s",
    ],
    [{ timeout: 1, interval: 1, tries: 1 }],
    [{ timeout: 2_000, tries: 6, interval: 60_000 }],
    [
      { timeout: 2_000, tries: 8 },
      "Cannot fit 8 tries into 1m: they take up to 98516ms, expected a longer interval, a shorter timeout or fewer tries, e.g. an interval of 99s",
    ],
  ];
  for (const [change, ...expected] of rows) {
    assertEquals(
      messages(change),
      expected.map((line) => `config: lifesign: ${line}`),
    );
    assertEquals(messages(change, { purpose: "check", origins }), []);
  }
});

Deno.test("checkSession() wants a jitter that is shorter than the interval", () => {
  const wanted =
    "config: lifesign: Cannot start 1m sooner: expected a jitter shorter than the interval (1m), e.g. 6s";
  assertEquals(messages({ jitter: 59_999 }), []);
  assertEquals(messages({ jitter: 60_000 }), [wanted]);
  assertEquals(messages({ jitter: 60_000 }, { purpose: "check", origins }), []);
});

Deno.test("checkSession() wants more than an interval before a session is given up", () => {
  const wanted =
    "config: lifesign: Cannot give up after 1m, or a session that is alive would end: expected a time longer than the interval (1m), e.g. 5m";
  assertEquals(messages({ giveUpAfter: 60_001 }), []);
  assertEquals(messages({ giveUpAfter: 60_000 }), [wanted]);
});

Deno.test("checkSession() wants of streams what they can do", () => {
  const rows: [
    protocol: Protocol,
    change: Partial<SessionSettings>,
    message?: string,
  ][] = [
    [tcp, { deadOn: ["refused"], hold: false }],
    [tcp, { deadOn: [] }],
    [ws, { deadOn: ["close", "401", "gone"], hold: true }],
    [
      tcp,
      { deadOn: ["close"] },
      'lifesign: Cannot use "close": expected some of refused, gone, or none',
    ],
    [
      ws,
      { deadOn: ["refused", "clsoe"] },
      'lifesign: Cannot use "clsoe": expected some of refused, gone, close, 401, 403, 407, or none; did you mean "close"?',
    ],
    [
      srunHttp,
      { deadOn: ["refused"] },
      'lifesign: Cannot use "refused": expected some of not_online, or none',
    ],
    ...[tcp, tls, srunHttp].map((protocol) =>
      [
        protocol,
        { hold: true },
        `lifesign: Cannot hold a connection: there is nothing to ping on one of ${protocol.scheme}://`,
      ] as [Protocol, Partial<SessionSettings>, string]
    ),
    [tcp, { bind: "192.0.2.9" }],
    ...[tls, wss].map((protocol) =>
      [
        protocol,
        { bind: "192.0.2.9" },
        "LIFESIGN_BIND: Cannot use bind with TLS: this build can't choose a local address for it",
      ] as [Protocol, Partial<SessionSettings>, string]
    ),
    // Slots that fall into a stream's cycle are skipped.
    [tcp, { interval: 1_000, timeout: 5_000 }],
  ];
  for (const [protocol, change, message] of rows) {
    assertEquals(
      messages(change, { protocol }),
      message === undefined ? [] : [`config: ${message}`],
      `${protocol.scheme} ${JSON.stringify(change)}`,
    );
  }
});
