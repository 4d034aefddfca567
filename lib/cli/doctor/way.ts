/**
 * The steps until a heartbeat leaves: settings, name, route, sending.
 *
 * @module
 */
import { familyOf, isLoopback, isPath, isSameNetwork } from "../../address.ts";
import {
  severalLinesCode,
  wrongRouteCode,
} from "../../probe/source_address.ts";
import { type Layer, originOf } from "../../config/layers.ts";
import { formatOrigin, type Origin } from "../../config/origin.ts";
import { formatAddress } from "../../parsers.ts";
import { mask } from "../../config/quote.ts";
import {
  type Fault,
  type InterfaceAddress,
  type Interfaces,
  isFault,
  type Route,
} from "../../world.ts";
import type { Way } from "./examination.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { plural } from "../../words.ts";
import type { CycleResult } from "../../finding.ts";
import { identityFileOf, type OpenSession } from "../../run/sessions.ts";

/** Shows the settings that matter, and where they come from. */
export function settingsStep(
  session: OpenSession,
  origins: Layer,
): Outcome {
  const { gateway, target } = session;
  const from = (setting: string) => placeOf(originOf(origins, setting));
  const parts = [
    `gateway ${formatAddress(gateway)} (${
      from(target === null ? "gateway" : "target")
    })`,
    ...identityPart(session, from),
    ...wayParts(session, (setting) => `(${from(setting)})`),
  ];
  return good(parts.join(", "));
}

/** The settings that say which way to go, as far as they are set; `from` tells where a setting comes from. */
export function wayParts(
  { bind, family }: Pick<OpenSession, "bind" | "family">,
  from: (setting: string) => string,
): string[] {
  return [
    ...bind === null ? [] : [`bind ${bind} ${from("bind")}`],
    ...family === "auto" ? [] : [`only IPv${family} ${from("family")}`],
  ];
}

function identityPart(
  session: OpenSession,
  from: (setting: string) => string,
): string[] {
  const { identity, protocol } = session;
  if (protocol.identity === null) return [];
  const { noun, value, file: setting } = protocol.identity;
  const file = identityFileOf(session);
  const source = file === null
    ? from(value)
    : `${file === "-" ? "stdin" : file}, ${from(setting)}`;
  return [`${noun} ${mask(identity ?? "")} (${source})`];
}

/** Where a setting comes from, in words. */
export function placeOf(origin: Origin): string {
  return origin.type === "default" ? "by default" : formatOrigin(origin);
}

/** Tells which addresses a gateway's name has. `fault` is why none of them can be used; `null` if one can. `setting` names a gateway by its address. */
export function nameStep(
  host: string,
  addresses: readonly string[],
  fault: Fault | null,
  setting = "--gateway ADDRESS",
): Outcome {
  if (isPath(host)) {
    return good(`${host} is the path of a socket of this machine, not a name`);
  }
  const family = familyOf(host);
  const fake = addresses.find(isFake);
  const proxyAdvice =
    `A proxy (Clash, sing-box, Surge and others) answers names with addresses of 198.18.0.0/15, which exist nowhere else, and may swallow UDP or answer itself. Let it leave this host out (its fake-ip filter, or a rule DIRECT), or name the host's own address: ${setting}`;
  if (fake !== undefined) {
    const text = `${fake} is a proxy's fake address, no host's`;
    return family === null
      ? bad(`${host} is ${list(addresses)}: ${text}`, proxyAdvice)
      : unknown(text, proxyAdvice);
  }
  if (family !== null) {
    return good(`${host} is an IPv${family} address, not a name`);
  }
  if (fault === null) return good(`${host} is ${list(addresses)}`);
  return bad(
    fault.message,
    addresses.length > 0
      ? `It is ${
        list(addresses)
      }: leave -4, -6 or family out, or bind to an address of its family`
      : `\`getent ahosts ${host}\` shows what this machine makes of the name. Is it spelled right? Some names are known only inside their own network, or to the resolver that its DHCP names. An address needs no resolver: ${setting}`,
  );
}

/** Whether an address is in the network for benchmarks (RFC 2544), which proxies give to names. */
function isFake(host: string): boolean {
  return isSameNetwork(host, "198.18.0.0", 15);
}

function list(hosts: readonly string[]): string {
  return hosts.map((host) => `${host} (IPv${familyOf(host)})`).join(", ");
}

/** Faults that mean: no way leads to the gateway from here. */
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
  wrongRouteCode,
]);

/** Tells which way heartbeats leave, as the kernel sees it. */
export function routeStep(
  { verdict, address, tries, fault }: CycleResult,
  { bind, way, interfaces }: {
    readonly bind: string | null;
    /** What the kernel says; `null` without an address to ask it about. */
    readonly way: Way | null;
    readonly interfaces: Interfaces;
  },
): Outcome {
  if (verdict === "unresolved" || address === null || way === null) {
    return unknown("no address, so no way to it");
  }
  const all = interfaces.addresses();
  const known = isFault(all) ? [] : all;
  if (fault?.code === wrongRouteCode) {
    return bad(fault.message, lasting);
  }
  if (tries === 0 && fault !== null && wayless.has(fault.code)) {
    return bad(fault.message, adviceOn(fault, bind, known));
  }
  const { route, several } = way;
  if (several !== null) {
    const advice = bind === null ? unnamed : lasting;
    return bad(several.message, advice);
  }
  return isFault(route)
    ? unknown(route.message)
    : good(wayTo(address.host, route, known));
}

const lasting =
  "What `ip` sets is gone at the next boot: put it where this network is set up, too";

const unnamed =
  "Until then a death may be the other line's, so none counts: name the line with bind";

function adviceOn(
  { code }: Fault,
  bind: string | null,
  all: readonly InterfaceAddress[],
): string {
  const own = `This machine has ${inventory(all)}`;
  return bind !== null && code !== "EACCES"
    ? `${own}. Name with bind (now ${bind}) the one that the session was logged in through`
    : `${own}. Set up missing routes where the network is configured (DHCP, Wi-Fi, \`ip route\`)`;
}

function inventory(all: readonly InterfaceAddress[]): string {
  const outer = all.filter(({ address }) => !isLoopback(address));
  return outer.length === 0
    ? "no address but its own loopback: it is on no network at all"
    : outer.map(({ name, address }) => `${name} ${address}`).join(", ");
}

/** How packets reach a peer, in words: the interface, the source address and the router. */
export function wayTo(
  peer: string,
  { device, source, via }: Route,
  all: readonly InterfaceAddress[],
): string {
  if (device === "lo") return `${peer} is this machine itself`;
  const from = source === null ? "" : `, from ${source}`;
  const start = `through ${device}${from}`;
  if (via !== null) return `${start}, and the router ${via}`;
  const isNear = all.some(({ name, address, prefix = 0 }) =>
    name === device && prefix >= shortestPrefix &&
    isSameNetwork(address, peer, prefix)
  );
  return isNear
    ? `${start}: ${peer} is in the same network`
    : `${start}, without a router, as into a tunnel`;
}

/** No real network is larger; a tunnel may seem to be. */
const shortestPrefix = 8;

/** Tells whether heartbeats leave this machine. */
export function sendingStep({ verdict, tries, fault }: CycleResult): Outcome {
  if (verdict === "unresolved") {
    return unknown("nothing sent: no address to send to");
  }
  if (tries > 0) {
    const left = `${plural(tries, "datagram has", "datagrams have")} left`;
    return fault === null || fault.code === severalLinesCode
      ? good(`${left} this machine`)
      : bad(
        `${left}, but not each: ${fault.message}`,
        "That comes and goes: `ip monitor` shows routes and links as they change",
      );
  }
  if (fault?.code === wrongRouteCode) {
    return unknown("nothing sent: it would have left by another line");
  }
  if (fault === null || wayless.has(fault.code)) {
    return unknown("nothing sent: no way to send it");
  }
  const advice = fault.code === "EPERM"
    ? "A rule for the chain `output` drops or rejects it: let UDP out to the gateway's port"
    : "Fix this first: this machine cannot send";
  return bad(fault.message, advice);
}
