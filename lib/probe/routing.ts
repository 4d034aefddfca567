/**
 * Which interface packets leave by, as the kernel's rules and routes have it,
 * and which rule would have them leave by another. Pure.
 *
 * @module
 */
import { familyOf, isSameNetwork } from "../address.ts";
import type { RouteRule, Routing, TableRoute } from "../world.ts";

/** Packets from an address of this machine to a peer. */
export interface Flow {
  /** The peer, a literal address. */
  readonly to: string;
  /** The local address; `null` if the kernel chooses it. */
  readonly from: string | null;
}

/** The ways that packets may take. */
export interface Lines {
  /** The interfaces that they may leave by, as far as they are known. */
  readonly devices: readonly string[];
  /** Whether they may take several ways, so that nobody knows which one a socket takes. */
  readonly areSeveral: boolean;
}

/**
 * The ways that packets may take whatever mark a firewall gives them, of those
 * that the rules know. Marks that a rule makes an exception for are not among
 * them: a tunnel has them for packets of its own.
 */
export function linesOf(flow: Flow, routing: Routing): Lines {
  const marks = routing.rules.flatMap(({ mark, isInverted }) =>
    mark === null || isInverted ? [] : [mark.value]
  );
  const found = [0, ...marks].map((mark) => routeOf(flow, routing, mark));
  const devices = new Set(found.flatMap((route) => route?.devices ?? []));
  const isUnknown = found.some((route) => route?.devices?.length === 0);
  return { devices: [...devices], areSeveral: devices.size > 1 || isUnknown };
}

/** The route that packets with a mark take; `null` if there is none. */
function routeOf(
  flow: Flow,
  { rules, routes }: Routing,
  mark: number,
): TableRoute | null {
  for (const rule of rules) {
    if (!isAbout(rule, flow, mark)) continue;
    if (rule.table === null) return null;
    const best = bestOf(routes, rule.table, rule.suppress ?? -1);
    if (best !== undefined) return best;
  }
  return null;
}

function isAbout(rule: RouteRule, { to, from }: Flow, mark: number): boolean {
  const isMeant = isIn(rule.from, from) && isIn(rule.to, to) &&
    (rule.mark === null ||
      (mark & rule.mark.mask) >>> 0 === rule.mark.value >>> 0);
  return isMeant !== rule.isInverted;
}

/** Whether an address is in a network; any is where none is named. */
function isIn(network: string | null, address: string | null): boolean {
  if (network === null) return true;
  if (address === null) return false;
  const [host = "", bits] = network.split("/");
  const longest = familyOf(host) === "6" ? 128 : 32;
  return isSameNetwork(host, address, Number(bits ?? longest));
}

/** The route of a table that wins: that to the smallest network, then that with the lowest metric. */
function bestOf(
  routes: readonly TableRoute[],
  table: string,
  suppress: number,
): TableRoute | undefined {
  return routes
    .filter((route) => route.table === table && route.bits > suppress)
    .toSorted((a, b) => b.bits - a.bits || a.metric - b.metric)[0];
}

/** Whether any route to a peer leads to one of these interfaces. */
export function leadsTo(
  { routes }: Routing,
  devices: readonly string[],
): boolean {
  return routes.some((route) =>
    route.devices?.some((device) => devices.includes(device))
  );
}

/** The first table that is tried for the routes of an interface that none has. */
const firstTable = 100;

/** The commands (for root) that make packets leave by an interface, whatever the other rules say. */
export function correction(
  flow: Flow & { readonly from: string },
  device: string,
  routing: Routing,
): readonly string[] {
  const ip = familyOf(flow.to) === "6" ? "ip -6" : "ip";
  const known = tableOf(device, routing);
  const table = known ?? freeTable(routing);
  const rule = `${ip} rule add from ${flow.from} lookup ${table} pref ${
    preferenceFor(flow, routing)
  }`;
  if (known !== null) return [rule];
  const router = routerOf(device, routing);
  const via = router === null ? "" : `via ${router} `;
  return [`${ip} route add default ${via}dev ${device} table ${table}`, rule];
}

/** A table whose best route to the peer leads to the interface, one of its own first. */
function tableOf(device: string, { routes }: Routing): string | null {
  const tables = [...new Set(routes.map(({ table }) => table))]
    .filter((table) => {
      const devices = bestOf(routes, table, -1)?.devices;
      return devices?.length === 1 && devices[0] === device;
    });
  return tables.find((table) => table !== "main" && table !== "default") ??
    tables[0] ?? null;
}

function freeTable({ rules, routes }: Routing): string {
  const taken = new Set([...rules, ...routes].map(({ table }) => table));
  let table = firstTable;
  while (taken.has(`${table}`)) table++;
  return `${table}`;
}

/** What stands for a router that nobody knows. */
export const unknownRouter = "ROUTER";

/** The router behind an interface: {@linkcode unknownRouter} without a route, `null` if a route needs none. */
function routerOf(device: string, { routes }: Routing): string | null {
  const own = routes.filter(({ devices }) => devices?.includes(device));
  if (own.length === 0) return unknownRouter;
  return own.find(({ via }) => via !== null)?.via ?? null;
}

/** A preference before all rules that may apply to these packets, but after the kernel's first one. */
function preferenceFor(flow: Flow, { rules }: Routing): number {
  const rivals = rules.filter((rule) =>
    rule.table !== "local" &&
    (rule.isInverted || isIn(rule.from, flow.from) && isIn(rule.to, flow.to))
  );
  const first = Math.min(...rivals.map(({ preference }) => preference), 32_766);
  return Math.max(0, first - 1);
}
