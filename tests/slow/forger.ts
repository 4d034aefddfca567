/**
 * A gateway on 127.0.0.1 with a forger beside it.
 *
 * @module
 */

/** The number of discarded datagrams by reason. */
export type Reasons = Record<string, number>;

/** A request of an agent. */
export interface Request {
  /** The UID of its session. */
  readonly uid: bigint;
  /** The address of the agent. */
  readonly from: Deno.NetAddr;
}

/** A gateway that sends true and forged answers. */
export interface Forger extends AsyncDisposable {
  /** Its address, as a value of `--gateway`. */
  readonly address: string;
  /** All forged datagrams so far. */
  readonly forged: Reasons;
  /** Answers a request with its UID or {@linkcode deadUid}. */
  answer(request: Request, uid: bigint): Promise<void>;
  /** Sends forged answers to a request; resolves to their reasons. */
  forge(request: Request, count: number): Promise<Reasons>;
}

/** The UID in the answer for a dead session. */
export const deadUid = -2n;

/** The source of a forged answer: the gateway, another port, or another address. */
type Source = "gateway" | "other port" | "other address";

type Bytes = Uint8Array<ArrayBuffer>;

/** The source, the reason to discard it, and the datagram. */
type Forgery = [Source, string, (uid: bigint, random: () => number) => Bytes];

const forgeries: readonly Forgery[] = [
  ["other port", "source", () => encode(deadUid)],
  ["other port", "source", (uid) => encode(uid)],
  ["other port", "source", (_uid, random) => anyLength(random)],
  ["other address", "source", () => encode(deadUid)],
  ["other address", "source", (uid) => encode(uid)],
  ["gateway", "uid", (uid) => encode(uid ^ 1n)],
  ["gateway", "uid", (uid, random) => withTail(uid ^ 256n, random)],
  ["gateway", "tail", (uid, random) => withTail(uid, random)],
  ["gateway", "tail", (_uid, random) => withTail(deadUid, random)],
  ["gateway", "length", (_uid, random) => anyLength(random)],
];

function encode(uid: bigint): Bytes {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigInt64(0, uid, true);
  return bytes;
}

/** A death with 0 to 1500 bytes, but not 16. */
function anyLength(random: () => number): Bytes {
  const length = Math.floor(random() * 1500);
  const bytes = new Uint8Array(length < 16 ? length : length + 1);
  bytes.set(encode(deadUid).subarray(0, length));
  return bytes;
}

function withTail(uid: bigint, random: () => number): Bytes {
  const bytes = encode(uid);
  bytes[8 + Math.floor(random() * 8)] = 1 + Math.floor(random() * 255);
  return bytes;
}

/** Opens a gateway that handles requests with `onRequest`, one after the other. */
export function openForger(
  random: () => number,
  onRequest: (request: Request) => Promise<void>,
): Forger {
  const open = (hostname: string, port = 0) =>
    Deno.listenDatagram({ hostname, port, transport: "udp" });
  const gateway = open("127.0.0.1");
  const { hostname, port } = gateway.addr as Deno.NetAddr;
  const sockets: Record<Source, Deno.DatagramConn> = {
    gateway,
    "other port": open(hostname),
    "other address": open("127.0.0.2", port),
  };
  const forged: Reasons = {};

  let isOver = false;
  async function work(request: Request): Promise<void> {
    try {
      await onRequest(request);
    } catch (error) {
      // What was under way has lost its sockets.
      if (!isOver) throw error;
    }
  }

  let working = Promise.resolve();
  async function serve(): Promise<void> {
    for await (const [{ buffer }, from] of gateway) {
      const uid = new DataView(buffer).getBigInt64(0, true);
      const request = { uid, from: from as Deno.NetAddr };
      // Read on meanwhile, so that no request is lost in a full buffer.
      working = working.then(() => work(request));
    }
  }
  const serving = serve();

  return {
    address: `${hostname}:${port}`,
    forged,
    async answer({ from }, uid) {
      await gateway.send(encode(uid), from);
    },
    async forge({ uid, from }, count) {
      const made: Reasons = {};
      for (let k = 0; k < count; k++) {
        const at = Math.floor(random() * forgeries.length);
        const [source, reason, make] = forgeries[at]!;
        await sockets[source].send(make(uid, random), from);
        add(made, { [reason]: 1 });
      }
      add(forged, made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const socket of Object.values(sockets)) socket.close();
      await Promise.all([serving, working]);
    },
  };
}

/** Adds numbers by their names. */
export function add(sum: Reasons, more: Reasons): void {
  for (const [name, n] of Object.entries(more)) {
    sum[name] = (sum[name] ?? 0) + n;
  }
}

/** The sum of all numbers. */
export function total(numbers: Reasons): number {
  return Object.values(numbers).reduce((sum, n) => sum + n, 0);
}

/** Runs a test with a random seed, and prints the seed if it fails. */
export async function withSeed(
  test: (random: () => number) => Promise<void>,
): Promise<void> {
  const wanted = Deno.env.get("LIFESIGN_TEST_SEED");
  const seed = Number(wanted ?? Math.floor(Math.random() * 2 ** 32));
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  // Marsaglia's xorshift with 32 bits.
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  try {
    await test(random);
  } catch (error) {
    console.log(`the same again: LIFESIGN_TEST_SEED=${seed}`);
    throw error;
  }
}
