/**
 * A reflector of STAMP (RFC 8762, section 4.3), for real use: stateless, and
 * silent to whoever has not the key.
 *
 * A reply is never longer than its request, and is no valid request: two
 * reflectors can't keep each other busy.
 *
 * @module
 */
import {
  errorEstimate,
  Packets,
  timeSince,
  writeTime,
} from "../protocol/stamp_packet.ts";
import { SourceLimit } from "./source_limit.ts";
import { type CommonFaults, isLost } from "./faults.ts";
import type { Random } from "../random.ts";
import { type Endpoint, type Fault, isFault, type World } from "../world.ts";

/** What becomes of a datagram, the answered ones first. */
export const reflections = [
  /** It was answered. */
  "alive",
  /** It is too short. */
  "length",
  /** It is not signed with the key. */
  "mac",
  /** There is something where a request has zeros. */
  "padding",
  /** Its time is too far from ours. */
  "stale",
  /** Its source has had enough answers in this second. */
  "limit",
  /** A simulated network lost it. */
  "request_lost",
  /** Or its answer. */
  "reply_lost",
] as const;

/** One of them. */
export type Reflection = typeof reflections[number];

/** How requests are answered. */
export interface ReflectorRules {
  /** The key that requests are signed with; `null` to answer everybody. */
  readonly key: Uint8Array | null;
  /** How far a request's time may be from ours, in ms. */
  readonly maxAge: number;
  /** How many requests of a source are answered in a second. */
  readonly limit: number;
  /** The source of random numbers. */
  readonly random: Random;
}

/** Makes replies. */
export class Reflector {
  private readonly packets: Packets;
  private readonly limit: SourceLimit;

  /** Takes the rules, and the clocks. */
  constructor(
    private readonly rules: ReflectorRules,
    private readonly clock: Pick<World["clock"], "now" | "wallTime">,
  ) {
    this.packets = new Packets(rules.key);
    this.limit = new SourceLimit(rules.limit, rules.random());
  }

  /** The length of requests that are looked at. */
  get longest(): number {
    return this.packets.layout.length;
  }

  /** The reply to a datagram that has just come from an address, or why there is none. */
  reflect(request: Uint8Array, source: string): Uint8Array | Reflection {
    const { packets, clock, rules: { maxAge } } = this;
    const { layout } = packets;
    if (request.length < layout.length) return "length";
    const wallTime = clock.wallTime();
    if (!packets.isSigned(request)) return "mac";
    if (!isZero(request, layout.zeros, layout.end)) return "padding";
    const asked = new DataView(request.buffer, request.byteOffset);
    const { time, error } = layout;
    const age = timeSince(asked, { at: time, error, wallTime });
    if (Math.abs(age) > maxAge) return "stale";
    // Only who has the key can use up a source's share.
    if (!this.limit.admits(source, clock.now())) return "limit";
    const reply = new Uint8Array(layout.length);
    const view = new DataView(reply.buffer);
    const echo = (from: number, length: number, to: number) =>
      reply.set(request.subarray(from, from + length), to);
    echo(0, 4, 0);
    echo(layout.session, 2, layout.session);
    echo(0, 4, layout.echoedNumber);
    echo(time, 8, layout.echoedTime);
    echo(error, 2, layout.echoedError);
    writeTime(view, layout.arrival, wallTime);
    view.setUint16(error, errorEstimate);
    // No runtime tells it: so it is 255 (section 4.3.1).
    reply[layout.timeToLive] = 255;
    writeTime(view, time, clock.wallTime());
    packets.sign(reply);
    return reply;
  }
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** How a reflector behaves. */
export interface ReflectorOptions extends ReflectorRules {
  /** The address to listen at; port 0 for a free one. */
  readonly listen: Endpoint;
  /** The faults of the network to its clients. */
  readonly faults: Omit<CommonFaults, "silent">;
  /** Called for each datagram. */
  readonly onEvent: (client: Endpoint, action: Reflection) => void;
}

/** Opens a reflector, or returns the fault if it can't listen. */
export function openReflector(
  options: ReflectorOptions,
  { clock, datagrams }: Pick<World, "clock" | "datagrams">,
): { readonly address: Endpoint } | Fault {
  const { listen, faults, random, onEvent } = options;
  const reflector = new Reflector(options, clock);
  // An answer that can't be sent counts as lost.
  const ignore = () => {};

  function respond(bytes: Uint8Array, client: Endpoint): Reflection {
    if (isLost(faults, random)) return "request_lost";
    const reply = reflector.reflect(bytes, client.host);
    if (typeof reply === "string") return reply;
    if (isLost(faults, random)) return "reply_lost";
    const delay = faults.delay + random() * faults.jitter;
    const go = () => socket.send(reply, client, ignore);
    if (delay === 0) go();
    else clock.setTimer(clock.now() + delay, go);
    return "alive";
  }

  const bound = datagrams.bind({
    ...listen,
    longest: reflector.longest,
    onDatagram: (bytes, client) => onEvent(client, respond(bytes, client)),
  });
  if (isFault(bound)) return bound;
  const socket = bound;
  return { address: { host: listen.host, port: socket.port } };
}
