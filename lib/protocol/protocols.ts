/**
 * The table of protocols.
 *
 * @module
 */
import type { GatewayAddress } from "../parsers.ts";
import type { SettingsTable } from "../setting.ts";
import type { IdentitySettings, Protocol } from "./protocol.ts";
import { srun } from "./srun.ts";
import {
  caFile,
  cookieFile,
  expect,
  headersFile,
  keyFile,
  send,
  streamDefaults,
  tlsName,
  webSocketDefaults,
} from "./stream_settings.ts";
import { readDisplay } from "./x11_display.ts";

/** What the command line has to know of a protocol. The rest is in the protocol's file, which is loaded for its first session. */
export interface ProtocolRow {
  /** The scheme of its targets, without `://`. */
  readonly scheme: string;
  /** The port unless a target has one; `null` where it has to have one. */
  readonly port: number | null;
  /** Reads what is behind `://` into a host and a port; throws a `RangeError` that says what is expected. Absent for `HOST[:PORT][/PATH]`. */
  place?(rest: string): GatewayAddress;
  /** What carries it. */
  readonly carrier: Protocol["carrier"];
  /** Whether a target may have a path. */
  readonly hasPath: boolean;
  /** Texts of settings that are others by default than in the table of settings. */
  readonly defaults: Protocol["defaults"];
  /** The settings that only some protocols have. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** What identifies a session; `null` if nothing does. */
  readonly identity: IdentitySettings | null;
  /** Loads the protocol. */
  load(): Promise<Protocol>;
}

const srunRow = { ...srun, hasPath: false, load: () => Promise.resolve(srun) };

/** All protocols; the first one is the default. A test may add one before it loads other modules. */
export const protocols: [ProtocolRow & { port: number }, ...ProtocolRow[]] = [
  srunRow,
  {
    ...stream(
      "stamp",
      862,
      { keyFile },
      async () => (await import("./stamp.ts")).stamp,
    ),
    carrier: "datagram",
    defaults: {},
  },
  stream(
    "tcp",
    null,
    { send, expect },
    async () => (await import("./tcp.ts")).tcp,
  ),
  stream(
    "tls",
    null,
    { send, expect, caFile, tlsName },
    async () => (await import("./tcp.ts")).tls,
  ),
  webSocket(
    "ws",
    80,
    { headersFile },
    async () => (await import("./ws.ts")).ws,
  ),
  webSocket(
    "wss",
    443,
    { headersFile, caFile, tlsName },
    async () => (await import("./ws.ts")).wss,
  ),
  {
    ...stream(
      "x11",
      null,
      { cookieFile },
      async () => (await import("./x11.ts")).x11,
    ),
    place: readDisplay,
  },
  {
    ...stream("zmtp", null, {}, async () => (await import("./zmtp.ts")).zmtp),
    defaults: webSocketDefaults,
  },
  web(
    "srun+http",
    80,
    { expect },
    async () => (await import("./srun_http.ts")).srunHttp,
  ),
  web(
    "srun+https",
    443,
    { expect, caFile, tlsName },
    async () => (await import("./srun_http.ts")).srunHttps,
  ),
  web(
    "drcom+http",
    80,
    { expect },
    async () => (await import("./drcom_http.ts")).drcomHttp,
  ),
  web(
    "ruijie+http",
    80,
    { expect },
    async () => (await import("./ruijie_http.ts")).ruijieHttp,
  ),
  web(
    "captive+https",
    443,
    { caFile, tlsName },
    async () => (await import("./captive.ts")).captive,
  ),
  web(
    "probe204+http",
    80,
    {},
    async () => (await import("./probe204.ts")).probe204,
  ),
];

/** The row of the protocol with this scheme; `undefined` if there is none. */
export function protocolOf(scheme: string): ProtocolRow | undefined {
  return protocols.find((protocol) => protocol.scheme === scheme);
}

function stream(
  scheme: string,
  port: number | null,
  settings: ProtocolRow["settings"],
  load: ProtocolRow["load"],
): ProtocolRow {
  const row = { scheme, port, settings, load, defaults: streamDefaults };
  return { ...row, carrier: "stream", hasPath: false, identity: null };
}

function web(...row: Parameters<typeof stream>): ProtocolRow {
  return { ...stream(...row), hasPath: true };
}

function webSocket(...row: Parameters<typeof stream>): ProtocolRow {
  return { ...web(...row), defaults: webSocketDefaults };
}
