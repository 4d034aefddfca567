/**
 * The run of lifesign whose functions get into the code cache: what cron starts,
 * a check of a session that lives and is told of by a configuration.
 *
 * @module
 */
import { decodeRequest, encodeReply } from "../lib/protocol/srun.ts";

/** A run that can be made. */
export interface WarmUp extends AsyncDisposable {
  /** Its arguments. It exits with 0. */
  readonly args: readonly string[];
}

/** Opens a gateway on loopback, and writes the configuration. Both are gone at the end of the scope. */
export async function openWarmUp(): Promise<WarmUp> {
  const gateway = Deno.listenDatagram({
    hostname: "127.0.0.1",
    port: 0,
    transport: "udp",
  });
  const answers = answer(gateway);
  const { hostname, port } = gateway.addr as Deno.NetAddr;
  const file = await Deno.makeTempFile();
  const settings = `gateway = ${hostname}:${port}\nuid = 77\ntimeout = 30s\n`;
  await Deno.writeTextFile(file, settings);
  return {
    args: ["check", "--quiet", "--config", file],
    async [Symbol.asyncDispose]() {
      gateway.close();
      await answers;
      await Deno.remove(file);
    },
  };
}

/** Tells all sessions that they live. */
async function answer(gateway: Deno.DatagramConn): Promise<void> {
  for await (const [request, from] of gateway) {
    const uid = decodeRequest(request);
    if (uid !== undefined) await gateway.send(encodeReply(uid), from);
  }
}
