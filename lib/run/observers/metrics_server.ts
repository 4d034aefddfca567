/**
 * Metrics for a Prometheus that asks this machine itself.
 *
 * @module
 */
import type { AgentSettings } from "../../config/settings.ts";
import type { Mistake } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { formatAddress, type GatewayAddress } from "../../parsers.ts";
import { isFault, type TextServer, type World } from "../../world.ts";
import type { Observer } from "./observer.ts";
import type { SessionStats } from "./session_stats.ts";
import { metricsOf } from "./status_files.ts";

/** What is served, and where. */
export interface MetricsServerOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "texts">;
  /** The source of the figures; it has to be an earlier observer. */
  readonly sessionStats: SessionStats;
  /** Where to tell what can't be served. */
  readonly log: Log;
  /** The settings in force. */
  readonly settings: () => Partial<AgentSettings>;
}

/** How long a text is good for, in ms: whoever asks more often gets the same one. */
const freshMs = 1_000;

/** Serves the metrics where the settings want it, if they do. */
export function metricsServer(options: MetricsServerOptions): Observer {
  const { world: { clock, texts }, log, settings } = options;
  let server: TextServer | null = null;
  let place = "";
  let last = { at: -Infinity, text: "" };
  let moving = Promise.resolve();

  function render(): string {
    const now = clock.now();
    if (now - last.at >= freshMs) {
      last = { at: now, text: [...metricsOf(options, 0)].join("") };
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
      const address = formatAddress({ ...metricsListen!, port: opened.port });
      log.info(`serves metrics at http://${address}/metrics`);
    }
    return null;
  }

  function open(at: GatewayAddress) {
    const type = "text/plain; version=0.0.4; charset=utf-8";
    return texts.serve(at, { path: "/metrics", type, render });
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
