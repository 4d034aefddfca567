/**
 * What carries heartbeats, by what a protocol says; loaded at need.
 *
 * @module
 */
import type { Protocol } from "../protocol/protocol.ts";
import {
  createDatagramProbe,
  type DatagramWorld,
} from "./datagram/datagram_probe.ts";
import type { Sockets } from "./datagram/sockets.ts";
import type { Probe, ProbeEvent } from "./probe.ts";
import type { World } from "../world.ts";
import type { StreamWorld } from "./stream/stream_probe.ts";

/** The world as far as any probe needs it; one that asks other targets looks up their names. */
export type ProbeWorld =
  & DatagramWorld
  & StreamWorld
  & Pick<World, "names">;

/** Makes a session's probe; `sockets` are shared by all sessions. */
export type CreateProbe = (
  world: ProbeWorld,
  sockets: Sockets,
  onEvent: (event: ProbeEvent) => void,
) => Probe;

/** Asks with datagrams; a {@linkcode CreateProbe}. */
export function withDatagrams(
  world: ProbeWorld,
  sockets: Sockets,
  onEvent: (event: ProbeEvent) => void,
): Probe {
  return createDatagramProbe(world, sockets, onEvent) as Probe;
}

/** Loads what a protocol is carried by. */
export async function loadProbe(
  { carrier }: Pick<Protocol, "carrier">,
): Promise<CreateProbe> {
  if (carrier === "datagram") return withDatagrams;
  const { withStreams } = await import("./stream/stream_probe.ts");
  return withStreams;
}
