/**
 * `lifesign gateway`: a simulated gateway, portal or WebSocket server, to try
 * things against; and a reflector of STAMP for real use.
 *
 * @module
 */
import { resolve } from "../config/layers.ts";
import { mistakesOf } from "../config/origin.ts";
import { quote } from "../config/quote.ts";
import { LifesignError, refuse } from "../errors.ts";
import type { ExitCode } from "../exit_code.ts";
import { garblings, streamGarblings } from "../gateway/faults.ts";
import { openGateway } from "../gateway/gateway.ts";
import type { Reflection } from "../gateway/reflector.ts";
import { formatPlace, type Scheme } from "../gateway/place.ts";
import type { StreamAction } from "../gateway/stream_gateway.ts";
import { formatAddress } from "../parsers.ts";
import { uid as parseUid } from "../protocol/srun.ts";
import { seededRandom } from "../random.ts";
import { cannotWrite, writingNews } from "../run/kept_words.ts";
import { readSettingFile } from "../run/setting_files.ts";
import { keepFile, type KeptFile } from "../status/kept_file.ts";
import { version } from "../version.ts";
import { type Endpoint, type Fault, isFault, type World } from "../world.ts";
import {
  conflicts,
  type GatewaySettings,
  settings,
  settingsAt,
} from "./gateway/settings.ts";
import type { Switch } from "./arguments.ts";
import { type Command, jsonSwitch, refuseOperands } from "./invocation.ts";

/** Without a line for each request. */
const quietSwitch: Switch = {
  flag: "--quiet",
  short: "-q",
  help: "no line for each request",
};

/** A simulated gateway. */
export const gateway: Command = {
  name: "gateway",
  summary:
    "a simulated gateway, portal or WebSocket server, or a reflector of STAMP",
  details:
    `It reads "kill UID", "revive UID", "list" and "help" from stdin; as a portal
or a WebSocket server it has one session, and "kill" and "revive" are enough.
There --idle-limit works, and --uid, --duplicate, --reorder and --forge do
not. In the background of a terminal it needs </dev/null, or the terminal
stops it. The flags for faults work on loopback addresses only. A reflector
(stamp://) is meant for real use: it answers, without a word to strangers, who
has the key. "lifesign service systemd gateway --listen stamp://…" prints a
unit for it. SIGTERM ends it with 0.`,
  settings,
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    const table = settingsAt(args.layer["listen"]?.text);
    const resolved = resolve(table, [args.layer]);
    const mistakes = [...args.mistakes, ...refuseOperands(args)];
    if ("findings" in resolved) {
      throw new LifesignError([...mistakes, ...mistakesOf(resolved.findings)]);
    }
    refuse([...mistakes, ...conflicts(resolved.settings, args.layer)]);
    // It runs nothing, and may run for years.
    world.revokeRun();
    const isJson = args.switches.has(jsonSwitch.flag);
    const isQuiet = args.switches.has(quietSwitch.flag);
    return await serve(resolved.settings, world, (event) => {
      if (isQuiet && event.event === "request") return;
      const text = isJson ? JSON.stringify(event) : textOf(event);
      world.terminal.write(`${text}\n`);
    });
  },
};

/** What happens at a gateway, as programs read it. */
type Event =
  | {
    readonly event: "listening";
    readonly host: string;
    readonly port: number;
    /** What is simulated; absent for datagrams. */
    readonly protocol?: Scheme;
  }
  | {
    readonly event: "request";
    readonly client_host: string;
    readonly client_port: number;
    /** `null` if the request has none; absent where there are none. */
    readonly uid?: string | null;
    readonly action: StreamAction | Reflection;
  }
  | {
    readonly event: "kill" | "revive";
    /** Absent where there is only one session. */
    readonly uid?: string;
  }
  | { readonly event: "list"; readonly sessions: readonly ListedSession[] };

/** A session of a simulated gateway. */
interface ListedSession {
  /** Absent where there is only one. */
  readonly uid?: string;
  readonly state: "alive" | "dead";
}

/** A gateway that listens. */
interface Served {
  /** Where. */
  readonly address: Endpoint;
  /** Does what a line of stdin says; throws a `RangeError` that says what is wrong with it. Absent if nothing can be said to it. */
  obey?(line: string): Event;
  /** What a line may say, with examples. */
  readonly orders?: string;
  /** Called when it is to end. */
  close?(): Promise<void>;
}

/** Serves until SIGTERM. */
async function serve(
  settings: GatewaySettings,
  world: World,
  emit: (event: Event) => void,
): Promise<ExitCode> {
  const { terminal, signals } = world;
  const { listen, seed } = settings;
  const open = openers[listen.scheme];
  const random = seed === null ? world.random : seededRandom(seed);
  const opened = await open({ ...settings, random }, world, emit);
  if (isFault(opened)) {
    const message = `--listen: Cannot listen at ${
      formatPlace(listen)
    }: ${opened.message}`;
    throw new LifesignError([{ kind: "cantcreat", message }]);
  }
  // All that it reads has been read. Whoever takes it over finds little to change.
  const { metricsFile } = settings;
  world.limitFiles(metricsFile === null ? [] : [folderOf(metricsFile)]);
  const { host, port } = opened.address;
  const protocol = listen.scheme === "srun" ? {} : { protocol: listen.scheme };
  emit({ event: "listening", host, port, ...protocol });
  if (opened.obey !== undefined) {
    terminal.readLines((line) => {
      if (line.trim() === "") return;
      if (line.trim() === "help") {
        terminal.writeError(`stdin takes ${opened.orders}, list and help\n`);
        return;
      }
      try {
        emit(opened.obey!(line));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        terminal.writeError(
          `stdin: Cannot obey ${quote(line)}: ${error.message}\n`,
        );
      }
    });
  }
  await new Promise<void>((resolve) => signals.listen("SIGTERM", resolve));
  await opened.close?.();
  return 0;
}

/** The settings, and where chance comes from. */
type Simulation = GatewaySettings & Pick<World, "random">;

/** How each is opened. */
const openers: Readonly<
  Record<
    Scheme,
    (
      settings: Simulation,
      world: World,
      emit: (event: Event) => void,
    ) => Promise<Served | Fault> | Served | Fault
  >
> = {
  srun: openDatagrams,
  stamp: openStamp,
  "srun+http": openStreams,
  ws: openStreams,
};

function openDatagrams(
  settings: Simulation,
  world: World,
  emit: (event: Event) => void,
): Served | Fault {
  const { uid, garble } = settings;
  const gateway = openGateway({
    ...settings,
    uids: uid ?? [],
    faults: {
      ...settings,
      garble: garblings.find((it) => it === garble) ?? null,
    },
    onEvent: ({ client, uid, action }) =>
      emit(request(client, { uid: uid === null ? null : `${uid}`, action })),
  }, world);
  if (isFault(gateway)) return gateway;
  return {
    address: gateway.address,
    orders: "kill UID, revive UID",
    obey(line) {
      if (line.trim() === "list") {
        const sessions = Array.from(
          gateway.sessions(),
          ([uid, dead]) => ({ uid: `${uid}`, state: stateOf(dead) }),
        );
        return { event: "list", sessions };
      }
      const [, order, number] = /^\s*(kill|revive)\s+(\S+)\s*$/.exec(line) ??
        [];
      if (order !== "kill" && order !== "revive") {
        throw new RangeError(
          "expected kill UID, revive UID, list or help, e.g. kill 123456",
        );
      }
      const uid = BigInt(parseUid(number!));
      gateway[order](uid);
      return { event: order, uid: `${uid}` };
    },
  };
}

async function openStreams(
  settings: Simulation,
  world: World,
  emit: (event: Event) => void,
): Promise<Served | Fault> {
  const { garble } = settings;
  const { openStreamGateway } = await import("../gateway/stream_gateway.ts");
  const gateway = await openStreamGateway({
    ...settings,
    faults: {
      ...settings,
      garble: streamGarblings.find((it) => it === garble) ?? null,
    },
    onEvent: (client, action) => emit(request(client, { action })),
  }, world);
  if (isFault(gateway)) return gateway;
  return {
    address: gateway.address,
    orders: "kill, revive",
    obey(line) {
      const order = line.trim();
      if (order === "list") {
        return {
          event: "list",
          sessions: [{ state: stateOf(gateway.isDead) }],
        };
      }
      if (order !== "kill" && order !== "revive") {
        throw new RangeError("expected kill, revive, list or help");
      }
      gateway[order]();
      return { event: order };
    },
  };
}

async function openStamp(
  settings: Simulation,
  world: World,
  emit: (event: Event) => void,
): Promise<Served | Fault> {
  const { keyFile: path, metricsFile } = settings;
  // No other command has use for these.
  const { keyFileContent } = await import("../protocol/stamp.ts");
  const { openReflector } = await import("../gateway/reflector.ts");
  const { formatReflections, noReflections } = await import(
    "../gateway/reflector_metrics.ts"
  );
  const found = path === null ? { content: null } : await readSettingFile(
    path,
    { setting: "keyFile", kind: keyFileContent, world },
  );
  if ("mistake" in found) throw new LifesignError([found.mistake]);
  const counts = noReflections();
  const metrics = metricsFile === null
    ? null
    : metricsAt(metricsFile, () => formatReflections(version, counts), world);
  const reflector = openReflector({
    ...settings,
    key: found.content as Uint8Array | null,
    faults: settings,
    onEvent(client, action) {
      counts[action]++;
      metrics?.touch();
      emit(request(client, { action }));
    },
  }, world);
  if (isFault(reflector)) return reflector;
  const fault = await metrics?.open() ?? null;
  if (fault !== null) {
    const message = cannotWrite(metricsFile!, "metrics", fault);
    throw new LifesignError([{ kind: "cantcreat", message }]);
  }
  return {
    ...reflector,
    close: async () => await metrics?.close(formatReflections(version, counts)),
  };
}

/** Keeps a file with metrics. */
function metricsAt(
  path: string,
  render: () => Iterable<string>,
  world: World,
): KeptFile {
  return keepFile({
    world,
    path,
    render,
    onFault: (fault) =>
      world.terminal.writeError(`${writingNews(path, "metrics", fault)}\n`),
  });
}

/** The folder of a file. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || ".";
}

function stateOf(isDead: boolean): "alive" | "dead" {
  return isDead ? "dead" : "alive";
}

function request(
  { host, port }: Endpoint,
  rest: {
    readonly uid?: string | null;
    readonly action: StreamAction | Reflection;
  },
): Event {
  return { event: "request", client_host: host, client_port: port, ...rest };
}

function textOf(event: Event): string {
  switch (event.event) {
    case "listening": {
      const { protocol } = event;
      const address = formatAddress(event);
      return `listening at ${
        protocol === undefined ? address : `${protocol}://${address}`
      }`;
    }
    case "request": {
      const { client_host: host, client_port: port, uid, action } = event;
      const client = formatAddress({ host, port });
      const what = uid === undefined ? "request" : uid ?? "?";
      return `${what} from ${client}: ${action.replace("_", " ")}`;
    }
    case "kill":
      return `${event.uid ?? "the session"} is dead`;
    case "list":
      return event.sessions.length === 0
        ? "nobody has asked for a session so far"
        : event.sessions.map(({ uid = "the session", state }) =>
          `${uid} is ${state}`
        ).join("\n");
    case "revive":
      return `${event.uid ?? "the session"} is alive`;
  }
}
