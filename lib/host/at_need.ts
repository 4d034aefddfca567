/**
 * Parts of the host that most heartbeats don't use: written files, routes, and
 * unusual connections. Their code is loaded at their first use.
 *
 * @module
 */
import type {
  Build,
  Endpoint,
  Fault,
  Files,
  LockedFile,
  LogFiles,
  Routes,
  Stream,
  StreamListeners,
  Streams,
} from "../world.ts";
import { abilities } from "./abilities.ts";
import type { Accepted, Connection } from "./connection.ts";
import type { HostLogFiles } from "./log_files.ts";
import type { Relay } from "./relay.ts";
import type { RoutesOptions } from "./routes.ts";
import type { HostStreams } from "./streams.ts";

const load = () => import("./rare.ts");

/** Log files. */
export function logFilesAtNeed(): HostLogFiles {
  let files: Promise<HostLogFiles> | null = null;
  const get = () =>
    files ??= load().then(({ createLogFiles }) => createLogFiles());
  return {
    open: async (path, options): ReturnType<LogFiles["open"]> =>
      (await get()).open(path, options),
    flush: async () => await (await files)?.flush(),
  };
}

/** Locks a file, or says why it can't. */
export async function lockAtNeed(
  path: string,
  longest: number,
): Promise<LockedFile | Fault> {
  const { lockFile } = await load();
  return await lockFile(path, longest);
}

/** Connects from an address of this machine; rejects with the system's error. */
export async function connectFromAtNeed(
  from: string,
  to: Endpoint,
  signal: AbortSignal,
): Promise<Accepted> {
  const { connectFrom } = await load();
  return await connectFrom(from, to, signal);
}

/** Puts a relay before a connection. */
export async function relayAtNeed(connection: Connection): Promise<Relay> {
  const { relay } = await load();
  return await relay(connection);
}

/** Which build of lifesign this is. */
export async function buildAtNeed(): Promise<Build> {
  return (await load()).build;
}

/** Replaces files. */
export function replacerAtNeed(): Files["replace"] {
  let replacer: Promise<Files["replace"]> | null = null;
  const get = () =>
    replacer ??= load().then(({ createReplacer }) => createReplacer());
  return async (path, text, options) =>
    await (await get())(path, text, options);
}

/** The routes of this machine. */
export function routesAtNeed(options?: RoutesOptions): Routes {
  let routes: Promise<Routes> | null = null;
  let onAbsence: Parameters<Routes["onAbsence"]>[0] | null = null;
  const get = () =>
    routes ??= load().then(({ createRoutes }) => {
      const made = createRoutes(options);
      if (onAbsence !== null) made.onAbsence(onAbsence);
      return made;
    });
  return {
    lookUp: async (question, callback) =>
      (await get()).lookUp(question, callback),
    routing: async (to, callback) => (await get()).routing(to, callback),
    sources: async (device, callback) =>
      (await get()).sources(device, callback),
    onAbsence(callback) {
      onAbsence = callback;
      routes?.then((made) => made.onAbsence(callback));
    },
  };
}

/** Streams that connect and streams that are accepted. */
export interface StreamsAtNeed extends Pick<HostStreams, "flush"> {
  /** Those that this machine opens. */
  readonly streams: Streams;
  /** Those that peers open. */
  readonly listeners: StreamListeners;
}

/** Streams, whose code is loaded with the first one, and listeners likewise. */
export function streamsAtNeed(): StreamsAtNeed {
  let streams: Promise<HostStreams> | null = null;
  const get = () =>
    streams ??= import("./streams.ts").then(({ createStreams }) =>
      createStreams()
    );
  return {
    streams: {
      hasTls: abilities.hasTls,
      open(order) {
        let stream: Stream | null = null;
        let isClosed = false;
        get().then((streams) => {
          if (!isClosed) stream = streams.open(order);
        });
        return {
          write: (bytes) => stream?.write(bytes),
          close() {
            isClosed = true;
            stream?.close();
          },
        };
      },
    },
    listeners: {
      async listen(options) {
        const { listen } = await import("./listeners.ts");
        return listen(options, await get());
      },
    },
    flush: async () => await (await streams)?.flush(),
  };
}
