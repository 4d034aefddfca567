/**
 * The table of protocols.
 *
 * @module
 */
import { captive } from "./captive.ts";
import { drcomHttp } from "./drcom_http.ts";
import { probe204 } from "./probe204.ts";
import type { Protocol } from "./protocol.ts";
import { ruijieHttp } from "./ruijie_http.ts";
import { srun } from "./srun.ts";
import { srunHttp, srunHttps } from "./srun_http.ts";
import { tcp, tls } from "./tcp.ts";
import { ws, wss } from "./ws.ts";

/** All protocols; the first one is the default. A test may add one before it loads other modules. */
export const protocols: [typeof srun, ...Protocol[]] = [
  srun,
  tcp,
  tls,
  ws,
  wss,
  srunHttp,
  srunHttps,
  drcomHttp,
  ruijieHttp,
  captive,
  probe204,
];

/** The protocol with this scheme; `undefined` if there is none. */
export function protocolOf(scheme: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.scheme === scheme);
}
