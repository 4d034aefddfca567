/**
 * How sessions are watched: what a history has to say of them besides what was
 * found out, so that a report is evidence.
 *
 * @module
 */
import { familyOf, isLoopback, plainAddress } from "../../address.ts";
import { targetOf } from "../../session/session_state.ts";
import type { Watch } from "../../status/history.ts";
import { version } from "../../version.ts";
import { type Endpoint, isFault, type World } from "../../world.ts";
import type { OpenSession } from "../sessions.ts";

/** After this time, in ms, it is said again: files are rotated away. */
const sayAgain = 24 * 3_600_000;

/** After this time, in ms, the kernel is asked again which address packets leave from. */
const askAgain = 3_600_000;

/** Where Linux has the name of the machine; only some runtimes can read the latter. */
const hostFiles = ["/etc/hostname", "/proc/sys/kernel/hostname"];

/** The longest name of a machine, in bytes. */
const longestName = 4_096;

/** Knows how sessions are watched. */
export interface Watches {
  /** Finds out what this machine is called. */
  prepare(): Promise<void>;
  /** How a session is watched, if that is to be said: it is new, or the last time was long ago. `peer` is the address that was asked; `null` if none was. */
  news(session: OpenSession, peer: Endpoint | null): Watch | null;
}

/** Makes the knowledge of a process. The source address is known from a session's second cycle on. */
export function createWatches(
  { clock, files, routes }: Pick<World, "clock" | "files" | "routes">,
): Watches {
  let host: string | null = null;
  const said = new Map<
    string,
    {
      readonly at: number;
      readonly text: string;
      readonly source: string | null;
    }
  >();
  const sources = new Map<string, { at: number; address: string | null }>();

  /** The address that packets to a peer leave from, as far as it is known. */
  function sourceOf(bind: string | null, peer: string): string | null {
    if (bind !== null && familyOf(bind) !== null) return bind;
    if (familyOf(peer) === null) return null;
    if (isLoopback(peer)) return peer;
    const key = `${bind} ${peer}`;
    const known = sources.get(key) ?? { at: -Infinity, address: null };
    sources.set(key, known);
    if (clock.now() - known.at < askAgain) return known.address;
    known.at = clock.now();
    const question = { to: peer, ...bind !== null && { device: bind } };
    routes.lookUp(question, (route) => {
      if (!isFault(route)) known.address = route.source ?? known.address;
    });
    return known.address;
  }

  return {
    async prepare() {
      for (const path of hostFiles) {
        const file = await files.read(path, {
          longest: longestName,
          pipes: false,
        });
        if (isFault(file)) continue;
        host = new TextDecoder().decode(file.bytes).trim() || null;
        if (host !== null) return;
      }
    },
    news(session, peer) {
      const { name, bind, interval, timeout, tries } = session;
      const last = said.get(name);
      const source = peer === null
        ? last?.source ?? null
        : sourceOf(bind, plainAddress(peer.host));
      const target = targetOf(session);
      const watch = {
        ...{ version, host, target, source },
        interval,
        timeout,
        tries,
      };
      const text = JSON.stringify(watch);
      const now = clock.now();
      if (last?.text === text && now - last.at < sayAgain) return null;
      said.set(name, { at: now, text, source });
      return watch;
    },
  };
}
