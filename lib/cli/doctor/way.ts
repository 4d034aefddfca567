/**
 * The steps up to the moment when a heartbeat leaves: settings, name, route,
 * sending.
 *
 * @module
 */
import { familyOf, isSameNetwork } from "../../address.ts";
import type { CycleResult } from "../../agent/cycle.ts";
import { type Layer, originOf } from "../../config/layers.ts";
import { formatOrigin, type Origin } from "../../config/origin.ts";
import { formatAddress, isLoopback } from "../../config/parsers.ts";
import type { Session } from "../../config/session.ts";
import {
  type Fault,
  type InterfaceAddress,
  type Interfaces,
  isFault,
} from "../../world.ts";
import { mask } from "../config.ts";
import { plural } from "../render.ts";
import { bad, good, open, type Step } from "./step.ts";

/** Tells what the settings amount to, and where they come from. */
export function settingsStep(
  session: Session & { readonly uid: bigint },
  origins: Layer,
): Step {
  const { gateway, uid, uidFile, bind, family } = session;
  const from = (setting: string) => placeOf(originOf(origins, setting));
  const source = uidFile === null
    ? from("uid")
    : `${uidFile === "-" ? "stdin" : uidFile}, ${from("uidFile")}`;
  const parts = [
    `gateway ${formatAddress(gateway)} (${from("gateway")})`,
    `UID ${mask(`${uid}`)} (${source})`,
    ...bind === null ? [] : [`bind ${bind} (${from("bind")})`],
    ...family === "auto" ? [] : [`only IPv${family} (${from("family")})`],
  ];
  return good("settings", parts.join(", "));
}

function placeOf(origin: Origin): string {
  return origin.type === "default" ? "by default" : formatOrigin(origin);
}

/** Tells what a gateway's name means: addresses, if any, and why none of them can be used, if so. */
export function nameStep(
  host: string,
  addresses: readonly string[],
  fault: Fault | null,
): Step {
  const family = familyOf(host);
  if (family !== null) {
    return good("name", `${host} is an IPv${family} address, not a name`);
  }
  if (fault === null) return good("name", `${host} is ${list(addresses)}`);
  return bad(
    "name",
    fault.message,
    addresses.length > 0
      ? `It is ${list(addresses)}: leave -4, -6, family or bind out`
      : `\`getent ahosts ${host}\` shows what this machine makes of the name. Is it spelled right? Some names are known only inside the gateway's network, or to the resolver that its DHCP names. An address needs no resolver: --gateway ADDRESS`,
  );
}

function list(hosts: readonly string[]): string {
  return hosts.map((host) => `${host} (IPv${familyOf(host)})`).join(", ");
}

/** Faults that say that there is no way to the gateway from here. */
const wayless = new Set([
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "ENONET",
  "EACCES",
  "EINVAL",
  "EADDRNOTAVAIL",
  "ENODEV",
  "EAFNOSUPPORT",
]);

/** Tells which way heartbeats leave. */
export function routeStep(
  { verdict, address, tries, fault }: CycleResult,
  bind: string | null,
  interfaces: Interfaces,
): Step {
  if (verdict === "unresolved" || address === null) {
    return open("route", "no address, so no way to it");
  }
  const all = interfaces.addresses();
  const known = isFault(all) ? [] : all;
  if (tries === 0 && fault !== null && wayless.has(fault.code)) {
    return bad("route", fault.message, adviceOn(fault, bind, known));
  }
  return good("route", wayTo(address.host, bind, known));
}

function adviceOn(
  { code }: Fault,
  bind: string | null,
  all: readonly InterfaceAddress[],
): string {
  const own = `This machine has ${inventory(all)}`;
  const isBound = code === "EADDRNOTAVAIL" || code === "ENODEV" ||
    bind !== null && code !== "EACCES";
  return isBound && bind !== null
    ? `${own}. Leave bind (${bind}) out, or name one of these`
    : `${own}. A lack of routes is mended where the network is set up (DHCP, Wi-Fi, \`ip route\`), not here`;
}

function inventory(all: readonly InterfaceAddress[]): string {
  const outer = all.filter(({ address }) => !isLoopback(address));
  return outer.length === 0
    ? "no address but its own loopback: it is on no network at all"
    : outer.map(({ name, address }) => `${name} ${address}`).join(", ");
}

/** In words: through which interface and from which address a peer is reached, as far as the addresses of this machine tell. */
export function wayTo(
  peer: string,
  bind: string | null,
  all: readonly InterfaceAddress[],
): string {
  const family = familyOf(peer);
  const same = all.filter(({ address }) => familyOf(address) === family);
  const bound = same.find(({ name, address }) =>
    name === bind || address === bind
  );
  if (bound !== undefined) {
    return `from ${bound.address} (${bound.name}), as bind says; the route may lead through another interface`;
  }
  if (bind !== null) return `from ${bind}, as bind says`;
  if (
    isLoopback(peer) || same.some(({ address }) => address === peer)
  ) return `${peer} is this machine itself`;
  const outer = same.filter(({ address }) => !isLoopback(address));
  const near = outer.find(({ address, prefix }) =>
    prefix !== undefined && isSameNetwork(address, peer, prefix)
  );
  if (near !== undefined) {
    return `through ${near.name}, from ${near.address}: ${peer} is in the same network`;
  }
  const [only, ...others] = outer;
  if (only === undefined) return "there is a way out";
  const names = new Set(outer.map(({ name }) => name));
  const mayBe = outer.map(({ name, address }) => `${name} (${address})`)
    .join(" or ");
  return names.size === 1
    ? `through ${only.name} and a router, from ${
      others.length === 0 ? only.address : "one of its addresses"
    }`
    : `through a router, by ${mayBe}: \`ip route get ${peer}\` says which`;
}

/** Tells whether heartbeats leave this machine. */
export function sendingStep({ verdict, tries, fault }: CycleResult): Step {
  if (verdict === "unresolved") {
    return open("sending", "nothing sent: no address to send to");
  }
  if (tries > 0) {
    const left = `${plural(tries, "datagram has", "datagrams have")} left`;
    return fault === null ? good("sending", `${left} this machine`) : bad(
      "sending",
      `${left}, but not each: ${fault.message}`,
      "That comes and goes: `ip monitor` shows routes and links as they change",
    );
  }
  if (fault === null || wayless.has(fault.code)) {
    return open("sending", "nothing sent: no way to send it");
  }
  const advice = fault.code === "EPERM"
    ? "A rule for the chain `output` drops or rejects it: let UDP out to the gateway's port"
    : "This machine lacks what it takes to send: that has to be mended first";
  return bad("sending", fault.message, advice);
}
