/**
 * `lifesign gateway`: a simulated gateway, to try things against.
 *
 * @module
 */
import { srun, uid as parseUid } from "../protocol/srun.ts";
import { isLoopback } from "../address.ts";
import {
  boolean,
  duration,
  formatAddress,
  type GatewayAddress,
  gatewayAddress,
  integer,
  oneOf,
  probability,
} from "../parsers.ts";
import { quote } from "../config/quote.ts";
import { mistakesOf } from "../config/origin.ts";
import { flagOf } from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import { type Faults, garblings, noFaults } from "../gateway/faults.ts";
import {
  type Gateway,
  type GatewayEvent,
  openGateway,
} from "../gateway/gateway.ts";
import type { Lifetimes } from "../gateway/lifetime.ts";
import { seededRandom } from "../random.ts";
import { isFault, type World } from "../world.ts";
import type { ExitCode } from "../exit_code.ts";
import {
  type Command,
  jsonSwitch,
  readFlags,
  refuseOperands,
} from "./invocation.ts";
import type { SettingsTable } from "../setting.ts";

/** What the simulated gateway is told; durations in ms. */
interface GatewaySettings extends Faults, Lifetimes {
  /** Where it listens. */
  readonly listen: GatewayAddress;
  /** The sessions that are alive; `null` for any. */
  readonly uid: readonly bigint[] | null;
  /** What chance follows from; `null` for real chance. */
  readonly seed: number | null;
}

const settings: SettingsTable<GatewaySettings> = {
  listen: {
    value: "HOST:PORT",
    parse: gatewayAddress(srun.port, 0),
    default: `127.0.0.1:${srun.port}`,
    help: "where it listens; port 0 is any that is free",
  },
  uid: {
    value: "N",
    short: "-u",
    repeatable: true,
    parse: (text) => text.split(",").map((word) => BigInt(parseUid(word))),
    default: null,
    example: "123456",
    help: "a session that is alive; may be repeated; without it all are",
  },
  deadAfter: {
    value: "TIME",
    parse: duration(0),
    default: null,
    help: "a session dies TIME after its first request",
  },
  expire: {
    value: "TIME",
    parse: duration(0),
    default: null,
    help: "a session dies after TIME without a request",
  },
  loss: {
    value: "P",
    parse: probability,
    default: "0",
    help: "share of packets lost, each way; 0 to 1",
  },
  delay: {
    value: "TIME",
    parse: duration(0),
    default: "0s",
    help: "how long a reply takes",
  },
  jitter: {
    value: "TIME",
    parse: duration(0),
    default: "0s",
    help: "delay each reply by up to TIME more, at random",
  },
  duplicate: {
    switches: { "--duplicate": "true" },
    parse: boolean,
    default: "false",
    help: "each reply comes twice",
  },
  reorder: {
    switches: { "--reorder": "true" },
    parse: boolean,
    default: "false",
    help: "half of the replies are held back, so that others overtake them",
  },
  garble: {
    value: "HOW",
    parse: oneOf(garblings),
    default: null,
    help: `no reply is valid: ${garblings.join(", ")}`,
  },
  forge: {
    value: "WHAT",
    parse: oneOf(["dead@other-port"]),
    default: null,
    help: "dead@other-port: a forged death comes before each reply",
  },
  seed: {
    value: "N",
    parse: integer(0, 2 ** 32 - 1),
    default: null,
    help: "start value of the random numbers, to repeat a run",
  },
};

/** A simulated gateway. */
export const gateway: Command = {
  name: "gateway",
  summary: "a simulated gateway, to try things against",
  details:
    `It reads "kill UID" and "revive UID" from stdin. In the background of a
terminal it needs </dev/null, or the terminal stops it. The flags for faults
work on loopback addresses only.`,
  settings,
  switches: [jsonSwitch],
  async run(args, world) {
    const resolved = readFlags(settings, args);
    const mistakes = [...args.mistakes, ...refuseOperands(args)];
    if ("findings" in resolved) {
      throw new LifesignError([...mistakes, ...mistakesOf(resolved.findings)]);
    }
    refuse([
      ...mistakes,
      ...publicFaults(resolved.settings),
      ...tooManyReplies(resolved.settings),
    ]);
    return await serve(resolved.settings, {
      world,
      emit: args.switches.has(jsonSwitch.flag) ? jsonEvent : textEvent,
    });
  },
};

/** Nobody else's network is to be disturbed by a simulation. */
function publicFaults(settings: GatewaySettings): Mistake[] {
  if (isLoopback(settings.listen.host)) return [];
  const names = Object.keys(noFaults) as (keyof Faults)[];
  return names.filter((name) => settings[name] !== noFaults[name])
    .map((name) => ({
      kind: "config",
      message: `${
        flagOf(name)
      }: Cannot simulate faults at ${settings.listen.host}: expected a loopback address, e.g. --listen 127.0.0.1:${srun.port}`,
    }));
}

/** A request is never answered by more than two datagrams. */
function tooManyReplies({ forge, duplicate }: GatewaySettings): Mistake[] {
  if (forge === null || !duplicate) return [];
  const message =
    "--duplicate: Cannot use --duplicate and --forge together: expected only one of them";
  return [{ kind: "config", message }];
}

/** Something that a gateway has to tell. */
type Event =
  | { readonly event: "listening"; readonly address: GatewayAddress }
  | { readonly event: "request" } & GatewayEvent
  | { readonly event: "kill" | "revive"; readonly uid: bigint };

/** Serves until a signal ends the process. */
function serve(
  settings: GatewaySettings,
  { world, emit }: {
    readonly world: World;
    readonly emit: (event: Event) => string;
  },
): Promise<ExitCode> {
  const { terminal } = world;
  const { listen, uid, seed } = settings;
  const write = (event: Event) => terminal.write(`${emit(event)}\n`);
  const opened = openGateway({
    ...settings,
    uids: uid ?? [],
    faults: settings,
    random: seed === null ? world.random : seededRandom(seed),
    onEvent: (event) => write({ event: "request", ...event }),
  }, world);
  if (isFault(opened)) {
    const message = `--listen: Cannot listen at ${
      formatAddress(listen)
    }: ${opened.message}`;
    throw new LifesignError([{ kind: "cantcreat", message }]);
  }
  write({ event: "listening", address: opened.address });
  terminal.readLines((line) => obey(line, opened));
  return new Promise(() => {});

  function obey(line: string, gateway: Gateway): void {
    const [, order, number] = /^\s*(kill|revive)\s+(\S+)\s*$/.exec(line) ?? [];
    if (line.trim() === "") return;
    try {
      if (order !== "kill" && order !== "revive") {
        throw new RangeError(
          "expected kill UID or revive UID, e.g. kill 123456",
        );
      }
      const uid = BigInt(parseUid(number!));
      gateway[order](uid);
      write({ event: order, uid });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      terminal.writeError(
        `stdin: Cannot obey ${quote(line)}: ${error.message}\n`,
      );
    }
  }
}

function textEvent(event: Event): string {
  switch (event.event) {
    case "listening":
      return `listening at ${formatAddress(event.address)}`;
    case "request":
      return `${event.uid ?? "?"} from ${formatAddress(event.client)}: ${
        event.action.replace("_", " ")
      }`;
    case "kill":
    case "revive":
      return `${event.uid} is ${event.event === "kill" ? "dead" : "alive"}`;
  }
}

function jsonEvent(event: Event): string {
  switch (event.event) {
    case "listening": {
      const { host, port } = event.address;
      return JSON.stringify({ event: event.event, host, port });
    }
    case "request": {
      const { client, uid, action } = event;
      return JSON.stringify({
        event: event.event,
        client_host: client.host,
        client_port: client.port,
        uid: uid === null ? null : `${uid}`,
        action,
      });
    }
    case "kill":
    case "revive":
      return JSON.stringify({ event: event.event, uid: `${event.uid}` });
  }
}
