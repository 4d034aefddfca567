import { assertEquals } from "@std/assert";
import type { Layer } from "./layers.ts";
import { checkPresence, checkSession } from "./session.ts";
import type { SessionSettings } from "./settings.ts";

const settings: SessionSettings = {
  gateway: { host: "192.0.2.1", port: 3335 },
  uid: 77n,
  uidFile: null,
  interval: 60_000,
  timeout: 1_000,
  tries: 3,
  confirm: 2,
  bind: null,
  family: "auto",
  jitter: 0,
  strictReply: true,
  tolerate: 0,
  count: null,
  giveUpAfter: null,
};

const origins: Layer = {
  gateway: { text: "", origin: { type: "flag", name: "--gateway" } },
  uid: { text: "", origin: { type: "flag", name: "--uid" } },
  bind: { text: "", origin: { type: "environment", name: "LIFESIGN_BIND" } },
};

/** What is wrong with a session, from a run unless told otherwise. */
function messages(
  change: Partial<SessionSettings>,
  { cycles = true, origins: from = origins } = {},
): string[] {
  const resolved = { settings: { ...settings, ...change }, origins: from };
  const session = checkSession("dorm", resolved, { cycles });
  if (!("mistakes" in session)) return [];
  assertEquals(new Set(session.mistakes.map(({ kind }) => kind)).size, 1);
  return session.mistakes.map(({ kind, message }) => `${kind}: ${message}`);
}

Deno.test("checkSession() names a session whose settings fit together", () => {
  assertEquals(
    checkSession("dorm", { settings, origins }, { cycles: true }),
    { ...settings, name: "dorm", gateway: { host: "192.0.2.1", port: 3335 } },
  );
});

/** A layer in which these settings stand. */
function layerOf(...names: string[]): Layer {
  return Object.fromEntries(
    names.map((
      name,
    ) => [name, { text: "", origin: { type: "flag", name: `--${name}` } }]),
  );
}

Deno.test("checkPresence() wants a gateway and exactly one of uid and uid_file", () => {
  const noGateway =
    "lifesign: Cannot reach a gateway: none is named, --gateway or LIFESIGN_GATEWAY is wanted";
  const noUid =
    "lifesign: Cannot send a heartbeat: no UID is given, --uid, --uid-file, LIFESIGN_UID or LIFESIGN_UID_FILE is wanted";
  const both =
    "--uid: Cannot use uid and uid_file together: one of them is wanted";
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
    const mistakes = expected.map((message) => ({ kind: "config", message }));
    assertEquals(
      checkPresence(layerOf(...there), new Set(incomplete)),
      mistakes as ReturnType<typeof checkPresence>,
    );
  }
});

Deno.test("checkSession() tells what is missing and what does not fit together at once", () => {
  assertEquals(
    messages({ gateway: null, uid: null, interval: 1 }, {
      origins: layerOf("interval"),
    }).map((message) => message.replace(/:[^:]*$/, "")),
    [
      "config: lifesign: Cannot reach a gateway",
      "config: lifesign: Cannot send a heartbeat",
      "config: --interval: Cannot fit 3 tries into 1ms",
    ],
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
      "--gateway: Cannot use 2001:db8::1: an IPv4 address is wanted",
    ],
    [
      { gateway: four, family: "6", bind: "127.0.0.1" },
      "--gateway: Cannot use 192.0.2.1: an IPv6 address is wanted",
      "LIFESIGN_BIND: Cannot use 127.0.0.1: an IPv6 address is wanted",
    ],
    [
      { gateway: name, family: "4", bind: "::1" },
      "LIFESIGN_BIND: Cannot use ::1: an IPv4 address is wanted",
    ],
    [
      { gateway: four, bind: "::1" },
      "LIFESIGN_BIND: Cannot reach 192.0.2.1 from ::1: an IPv4 address is wanted",
    ],
    [
      { gateway: six, bind: "0.0.0.0" },
      "LIFESIGN_BIND: Cannot reach 2001:db8::1 from 0.0.0.0: an IPv6 address is wanted",
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
      "Cannot fit 3 tries into 4749ms: they take up to 4750ms, a longer interval, a shorter timeout or fewer tries are wanted",
    ],
    [{ timeout: 1, interval: 1, tries: 1 }],
    [{ timeout: 2_000, tries: 6, interval: 60_000 }],
    [
      { timeout: 2_000, tries: 8 },
      "Cannot fit 8 tries into 1m: they take up to 98516ms, a longer interval, a shorter timeout or fewer tries are wanted",
    ],
  ];
  for (const [change, ...expected] of rows) {
    assertEquals(
      messages(change),
      expected.map((line) => `config: lifesign: ${line}`),
    );
    assertEquals(messages(change, { cycles: false, origins }), []);
  }
});

Deno.test("checkSession() wants a jitter that is shorter than the interval", () => {
  const wanted =
    "config: lifesign: Cannot start 1m sooner: a jitter shorter than the interval (1m) is wanted";
  assertEquals(messages({ jitter: 59_999 }), []);
  assertEquals(messages({ jitter: 60_000 }), [wanted]);
  assertEquals(messages({ jitter: 60_000 }, { cycles: false, origins }), []);
});
