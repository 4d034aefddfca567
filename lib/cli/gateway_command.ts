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
import { resolve } from "../config/layers.ts";
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
import { type Command, jsonSwitch, refuseOperands } from "./invocation.ts";
import type { SettingsTable } from "../setting.ts";

/** The settings of the simulated gateway; durations in ms. */
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
    const resolved = resolve(settings, [args.layer]);
    const mistakes = [...args.mistakes, ...refuseOperands(args)];
    if ("findings" in resolved) {
      throw new LifesignError([...mistakes, ...mistakesOf(resolved.findings)]);
    }
    refuse([
      ...mistakes,
      ...publicFaults(resolved.settings),
      ...tooManyReplies(resolved.settings),
    ]);
    const isJson = args.switches.has(jsonSwitch.flag);
    return await serve(resolved.settings, world, (event) => {
      const text = isJson ? JSON.stringify(event) : textOf(event);
      world.terminal.write(`${text}\n`);
    });
  },
};

/** A simulation must not disturb the network of others. */
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

/** What happens at a gateway, as programs read it. */
type Event =
  | {
    readonly event: "listening";
    readonly host: string;
    readonly port: number;
  }
  | {
    readonly event: "request";
    readonly client_host: string;
    readonly client_port: number;
    /** `null` if the request has none. */
    readonly uid: string | null;
    readonly action: GatewayEvent["action"];
  }
  | { readonly event: "kill" | "revive"; readonly uid: string };

/** Serves until a signal ends the process. */
function serve(
  settings: GatewaySettings,
  world: World,
  emit: (event: Event) => void,
): Promise<ExitCode> {
  const { terminal } = world;
  const { listen, uid, seed } = settings;
  const opened = openGateway({
    ...settings,
    uids: uid ?? [],
    faults: settings,
    random: seed === null ? world.random : seededRandom(seed),
    onEvent: ({ client: { host, port }, uid, action }) =>
      emit({
        event: "request",
        client_host: host,
        client_port: port,
        uid: uid === null ? null : `${uid}`,
        action,
      }),
  }, world);
  if (isFault(opened)) {
    const message = `--listen: Cannot listen at ${
      formatAddress(listen)
    }: ${opened.message}`;
    throw new LifesignError([{ kind: "cantcreat", message }]);
  }
  const { host, port } = opened.address;
  emit({ event: "listening", host, port });
  terminal.readLines((line) => {
    if (line.trim() === "") return;
    try {
      emit(obey(line, opened));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      terminal.writeError(
        `stdin: Cannot obey ${quote(line)}: ${error.message}\n`,
      );
    }
  });
  return new Promise(() => {});
}

/** Does what a line of stdin says; throws a `RangeError` that says what is wrong with it. */
function obey(line: string, gateway: Gateway): Event {
  const [, order, number] = /^\s*(kill|revive)\s+(\S+)\s*$/.exec(line) ?? [];
  if (order !== "kill" && order !== "revive") {
    throw new RangeError(
      "expected kill UID or revive UID, e.g. kill 123456",
    );
  }
  const uid = BigInt(parseUid(number!));
  gateway[order](uid);
  return { event: order, uid: `${uid}` };
}

function textOf(event: Event): string {
  switch (event.event) {
    case "listening":
      return `listening at ${formatAddress(event)}`;
    case "request": {
      const { client_host: host, client_port: port, uid, action } = event;
      const client = formatAddress({ host, port });
      return `${uid ?? "?"} from ${client}: ${action.replace("_", " ")}`;
    }
    case "kill":
      return `${event.uid} is dead`;
    case "revive":
      return `${event.uid} is alive`;
  }
}
