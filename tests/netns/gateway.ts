/**
 * The simulated gateway of a test network, with faults that `lifesign gateway`
 * allows on loopback only. It takes its options as JSON, obeys `kill UID` on
 * stdin, prints JSON lines, and ends with its stdin.
 *
 * @module
 */
import { type Faults, noFaults } from "../../lib/gateway/faults.ts";
import { openGateway } from "../../lib/gateway/gateway.ts";
import { immortal } from "../../lib/gateway/lifetime.ts";
import { createHost } from "../../lib/host/host.ts";
import {
  type Datagrams,
  type DatagramSocket,
  isFault,
} from "../../lib/world.ts";

/** Its options. Times are ms. */
export interface TestGatewayOptions {
  /** Its address. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** The sessions that are alive; any if absent. */
  readonly uids?: readonly string[];
  /** Its faults; none if absent. */
  readonly faults?: Partial<Faults>;
  /** The longest silence of a session; unlimited if absent. */
  readonly expire?: number;
  /** Datagrams before each reply, as bytes; none if absent. */
  readonly junk?: readonly (readonly number[])[];
}

const machine = createHost();
Deno.exit(await machine.codeOf(serve(JSON.parse(Deno.args[0]!))));

async function serve(options: TestGatewayOptions): Promise<0> {
  const { host, port, uids = [], faults, expire = null, junk = [] } = options;
  const { terminal, clock, random, datagrams } = machine.world;
  const emit = (event: Record<string, unknown>) => {
    const time = new Date(clock.wallTime()).toISOString();
    terminal.write(`${JSON.stringify({ time, ...event })}\n`);
  };
  const gateway = openGateway({
    listen: { host, port },
    uids: uids.map(BigInt),
    faults: { ...noFaults, ...faults },
    random,
    ...immortal,
    expire,
    onEvent: ({ client, uid, action }) =>
      emit({
        event: "request",
        client_host: client.host,
        client_port: client.port,
        uid: `${uid}`,
        action,
      }),
  }, { clock, datagrams: withJunk(datagrams, junk) });
  if (isFault(gateway)) throw new Error(gateway.message);
  emit({ event: "listening", host, port });
  await terminal.readLines((line) => {
    const [order, uid] = line.split(" ");
    if (order !== "kill") throw new Error(`Cannot obey "${line}"`);
    gateway.kill(BigInt(uid!));
    emit({ event: "kill", uid });
  });
  return 0;
}

/** Sends junk before each datagram, from the same port. */
function withJunk(
  { bind }: Datagrams,
  junk: readonly (readonly number[])[],
): Datagrams {
  const datagrams = junk.map((bytes) => new Uint8Array(bytes));
  return {
    bind(options) {
      const socket = bind(options);
      if (isFault(socket)) return socket;
      const send: DatagramSocket["send"] = (bytes, ...rest) => {
        for (const each of [...datagrams, bytes]) socket.send(each, ...rest);
      };
      return { port: socket.port, send, close: () => socket.close() };
    },
  };
}
