/**
 * The local address that a session's heartbeats leave from, and whether they
 * leave by the interface that they have to.
 *
 * @module
 */
import { familyOf, isLoopback, plainAddress } from "../address.ts";
import { didYouMean } from "../nearest.ts";
import {
  absentCode,
  type Fault,
  type Interfaces,
  isFault,
  type Route,
  type World,
} from "../world.ts";
import { correction, leadsTo, linesOf, unknownRouter } from "./routing.ts";

/** The code of the fault when heartbeats would leave by another interface than they have to. */
export const wrongRouteCode = "EROUTE";

/** The code of the fault when nobody knows which interface a heartbeat leaves by. */
export const severalLinesCode = "EUPLINKS";

/** Where heartbeats leave, and where they go. */
export interface Binding {
  /** An address, the name of an interface, or `null` for what the routes say. */
  readonly bind: string | null;
  /** Where they go, a literal address. */
  readonly peer: string;
  /** How many cycles in a row were silent: each leads to the interface's next address. */
  readonly silentCycles: number;
}

/** What knows addresses and routes. */
export type SourceWorld = Pick<World, "interfaces" | "routes">;

/**
 * The interface that sockets to a peer are bound to itself, so that neither rules
 * nor routes make them leave by another; `undefined` if there is none, or where
 * the runtime can't bind to one. What stays within this machine needs none.
 */
export function deviceFor(
  { bind, peer }: Pick<Binding, "bind" | "peer">,
  { interfaces }: Pick<World, "interfaces">,
): string | undefined {
  if (bind === null || familyOf(bind) !== null || !interfaces.areBindable) {
    return undefined;
  }
  const all = interfaces.addresses();
  const isHere = isLoopback(peer) ||
    !isFault(all) && all.some(({ address }) => address === plainAddress(peer));
  return isHere ? undefined : bind;
}

/**
 * Chooses the address to bind a socket to, and calls back with it: at once if any
 * address will do, else once the kernel has said by which interface packets leave.
 * If `bind` names another one, that is a fault {@linkcode wrongRouteCode}, whose
 * message has the rule that corrects it. Without `ip` the address is not checked.
 * If the socket is bound to the interface itself ({@linkcode deviceFor}), the
 * kernel chooses its address unless it was in vain, and there is no route to check.
 */
export function chooseSource(
  binding: Binding,
  world: SourceWorld,
  callback: (source: string | Fault) => void,
): void {
  const { bind, peer } = binding;
  if (bind === null) return callback(anyAddress(peer));
  if (deviceFor(binding, world) !== undefined) {
    const own = addressesOf(bind, peer, world.interfaces);
    if (isFault(own)) return callback(own);
    if (own.length === 1 || binding.silentCycles === 0) {
      return callback(anyAddress(peer));
    }
  }
  if (familyOf(bind) === null) {
    return chooseOf({ ...binding, bind }, world, callback);
  }
  checkSource({ bind, peer, from: bind }, world, callback);
}

function anyAddress(peer: string): string {
  return familyOf(peer) === "6" ? "::" : "0.0.0.0";
}

/**
 * Finds out whether packets to a peer leave by the right interface from the
 * address that a socket has, and calls back with that address or with a fault,
 * as {@linkcode chooseSource} does.
 */
export function checkSource(
  { bind, peer, from }: Omit<Binding, "silentCycles"> & {
    /** The address that the socket has. */
    readonly from: string;
  },
  world: SourceWorld,
  callback: (source: string | Fault) => void,
): void {
  if (bind === null || isLoopback(peer)) return callback(from);
  if (deviceFor({ bind, peer }, world) !== undefined) return callback(from);
  if (familyOf(bind) === null) {
    const way = { from, peer, devices: [bind], isByName: true };
    return checkRoute(way, world, callback);
  }
  const all = world.interfaces.addresses();
  if (isFault(all)) return callback(all);
  const devices = all.filter(({ address }) => address === from)
    .map(({ name }) => name);
  // Of an address that nobody has the socket tells.
  if (devices.length === 0 || devices.includes("lo")) return callback(from);
  checkRoute({ from, peer, devices, isByName: false }, world, callback);
}

/** Chooses one of an interface's addresses. */
function chooseOf(
  { bind, peer, silentCycles }: Binding & { readonly bind: string },
  world: SourceWorld,
  callback: (source: string | Fault) => void,
): void {
  const { routes } = world;
  const own = addressesOf(bind, peer, world.interfaces);
  if (isFault(own)) return callback(own);
  if (isLoopback(peer)) return callback(own[silentCycles % own.length]!);
  const check = (from: string) =>
    checkSource({ bind, peer, from }, world, callback);
  const taken = (answer: Route | Fault) =>
    !isFault(answer) && answer.source !== null && own.includes(answer.source)
      ? answer.source
      : null;
  routes.lookUp({ to: peer, device: bind }, (answer) => {
    const source = taken(answer);
    if (own.length === 1 || source !== null && silentCycles === 0) {
      return check(source ?? own[0]!);
    }
    routes.sources(bind, (answer) => {
      const fit = isFault(answer)
        ? own
        : own.filter((address) => answer.includes(address));
      const others = (fit.length > 0 ? fit : own)
        .filter((address) => address !== source);
      const all = source === null ? others : [source, ...others];
      check(all[silentCycles % all.length]!);
    });
  });
}

/** Packets that have to leave by one of some interfaces. */
interface Way {
  readonly from: string;
  readonly peer: string;
  readonly devices: readonly string[];
  /** Whether the user has named the interface, not an address. */
  readonly isByName: boolean;
}

function checkRoute(
  { from, peer, devices, isByName }: Way,
  { routes }: SourceWorld,
  callback: (source: string | Fault) => void,
): void {
  routes.lookUp({ to: peer, from }, (route) => {
    if (isFault(route)) {
      return callback(route.code === absentCode ? from : route);
    }
    // What goes through `lo` stays within this machine.
    if (devices.includes(route.device) || route.device === "lo") {
      return callback(from);
    }
    const [device] = devices;
    const wrong = `packets from ${from} (${device}) to ${peer} leave by ` +
      `${route.device}, another line, whose gateway does not know this session`;
    routes.routing(peer, (routing) => {
      if (isFault(routing)) {
        return callback({
          code: wrongRouteCode,
          message:
            `${wrong}: \`ip rule add from ${from} lookup TABLE\` corrects that, with a table whose default route leads to ${device}`,
        });
      }
      // Without a network behind it, the address only names this machine.
      if (!isByName && !leadsTo(routing, devices)) return callback(from);
      const flow = { to: peer, from };
      callback({
        code: wrongRouteCode,
        message: `${wrong}; ${remedy(correction(flow, device!, routing))}`,
      });
    });
  });
}

function remedy(commands: readonly string[]): string {
  const hint = commands.some((command) => command.includes(unknownRouter))
    ? ` (${unknownRouter} is the router behind it)`
    : "";
  const list = commands.map((command) => `\`${command}\``).join(", then ");
  return `as root, this corrects it${hint}: ${list}`;
}

/**
 * Finds out whether packets to a peer may leave by several interfaces: marks (`ip
 * rule` with `fwmark`, as in mwan3) or a multipath route may decide. A death may
 * concern another line then. Calls back with a fault {@linkcode severalLinesCode},
 * or with `null` if there is one way, or no `ip`. `bind` limits the addresses.
 */
export function askForLines(
  { bind, peer: host }: Pick<Binding, "bind" | "peer">,
  { interfaces, routes }: SourceWorld,
  callback: (fault: Fault | null) => void,
): void {
  const peer = plainAddress(host);
  if (isLoopback(peer)) return callback(null);
  if (deviceFor({ bind, peer }, { interfaces }) !== undefined) {
    return callback(null);
  }
  const all = interfaces.addresses();
  const known = isFault(all) ? [] : all;
  routes.routing(peer, (routing) => {
    if (isFault(routing)) {
      return callback(routing.code === absentCode ? null : routing);
    }
    const sources = bind === null
      ? [null]
      : known.filter((it) =>
        (it.name === bind || it.address === bind) &&
        familyOf(it.address) === familyOf(peer)
      ).map(({ address }) => address);
    for (const from of sources) {
      const { devices, areSeveral } = linesOf({ to: peer, from }, routing);
      if (!areSeveral) continue;
      const names = devices.length > 1 ? devices.join(" or ") : "several lines";
      const doubt =
        `packets ${from === null ? "" : `from ${from} `}to ${peer} ` +
        `leave by ${names}, as firewall marks or a multipath route decide, ` +
        "so a death may be another line's";
      const message = from === null
        ? `${doubt}: say bind, e.g. --bind ${
          devices.at(-1) ?? "wan2"
        }, for the line that the session was logged in through`
        : `${doubt}; ${
          remedy(correction({ to: peer, from }, deviceOf(from)!, routing))
        }`;
      return callback({ code: severalLinesCode, message });
    }
    callback(null);
  });

  function deviceOf(from: string): string | undefined {
    return known.find(({ address }) => address === from)?.name;
  }
}

/** The addresses of an interface that are of a peer's family, at least one, or why there is none. */
function addressesOf(
  device: string,
  peer: string,
  interfaces: Interfaces,
): readonly string[] | Fault {
  const all = interfaces.addresses();
  if (isFault(all)) return all;
  const family = familyOf(peer) ?? "4";
  const own = all.filter(({ name }) => name === device);
  const fit = own.map(({ address }) => address)
    .filter((address) => familyOf(address) === family);
  if (fit.length > 0) return fit;
  if (own.length > 0) {
    return {
      code: "EADDRNOTAVAIL",
      message:
        `interface ${device} has no IPv${family} address, which ${peer} needs: see \`ip address show ${device}\``,
    };
  }
  const names = [...new Set(all.map(({ name }) => name))];
  const list = names.join(", ");
  return {
    code: "ENODEV",
    message: `no interface ${device} has an address: is it there, is it up? ${
      list ? `This machine has ${list}` : "This machine has none at all"
    }${didYouMean(device, names)}`,
  };
}

/** Those of a gateway's addresses whose family `bind` has; all of them if that is unknown. */
export function reachable(
  hosts: readonly string[],
  bind: string | null,
  interfaces: Interfaces,
): readonly string[] {
  if (bind === null || familyOf(bind) !== null) return hosts;
  const can = hosts.filter((host) =>
    !isFault(addressesOf(bind, host, interfaces))
  );
  return can.length > 0 ? can : hosts;
}
