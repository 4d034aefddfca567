/**
 * Metrics for a Prometheus that asks this machine itself.
 *
 * @module
 */
import type { AgentSettings } from "../../config/settings.ts";
import type { Mistake } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { formatAddress, type GatewayAddress } from "../../parsers.ts";
import { type Clock, isFault, type World } from "../../world.ts";
import type { TextServer } from "../text_server.ts";
import type { Observer } from "./observer.ts";
import type { SessionStats } from "./session_stats.ts";
import { metricsOf } from "./status_files.ts";

/** What is served, and where. */
export interface MetricsServerOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "listeners" | "descriptors">;
  /** The source of the figures; it has to be an earlier observer. */
  readonly sessionStats: SessionStats;
  /** Where to tell what can't be served. */
  readonly log: Log;
  /** The settings in force. */
  readonly settings: () => Partial<AgentSettings>;
}

/** How long a text is good for, in ms: whoever asks more often gets the same one. */
const freshMs = 1_000;

/** How long making a text may block other work, in ms. */
const longestSliceMs = 4;

/** Serves the metrics where the settings want it, if they do. */
export function metricsServer(options: MetricsServerOptions): Observer {
  const { world, world: { clock }, log, settings } = options;
  let server: TextServer | null = null;
  let place = "";
  let last = { at: -Infinity, text: Promise.resolve("") };
  let moving = Promise.resolve();

  function render(): Promise<string> {
    const now = clock.now();
    if (now - last.at >= freshMs) {
      last = { at: now, text: joinInSlices(metricsOf(options, 0), clock) };
    }
    return last.text;
  }

  /** Serves where the settings say; resolves to why it can't, or to `null`. The old place is left only then. */
  async function move(): Promise<string | null> {
    const { metricsListen = null } = settings();
    const next = metricsListen === null ? "" : formatAddress(metricsListen);
    if (next === place) return null;
    const opened = metricsListen === null ? null : await open(metricsListen);
    if (opened !== null && isFault(opened)) {
      return `Cannot serve metrics at ${next}: ${opened.message}`;
    }
    server?.close();
    server = opened;
    place = next;
    if (opened !== null) {
      const address = formatAddress(opened.address);
      log.info(`serves metrics at http://${address}/metrics`);
    }
    return null;
  }

  async function open(at: GatewayAddress) {
    const { serveText } = await import("../text_server.ts");
    const type = "text/plain; version=0.0.4; charset=utf-8";
    return await serveText(at, { path: "/metrics", type, render }, world);
  }

  return {
    async prepare(): Promise<Mistake[]> {
      const message = await move();
      return message === null
        ? []
        : [{ kind: "cantcreat", message: `lifesign: ${message}` }];
    },
    onReload() {
      moving = moving.then(move).then((message) => {
        if (message !== null) log.warn(message);
      });
    },
    onStop: () => server?.close(),
  };
}

/** Joins parts, and leaves time to heartbeats in between. */
function joinInSlices(parts: Iterable<string>, clock: Clock): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const iterator = parts[Symbol.iterator]();
  let text = "";
  const go = (): void => {
    const end = clock.now() + longestSliceMs;
    try {
      while (clock.now() < end) {
        const { value, done } = iterator.next();
        if (done) return resolve(text);
        text += value;
      }
      clock.setTimer(clock.now(), go);
    } catch (error) {
      reject(error);
    }
  };
  go();
  return promise;
}
