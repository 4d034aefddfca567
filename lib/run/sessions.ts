/**
 * The sessions that a command is about, ready to be kept alive.
 *
 * @module
 */
import { originOf } from "../config/layers.ts";
import type { Loaded, LoadedSession } from "../config/load.ts";
import { placeOf } from "../config/origin.ts";
import type { ValidSession } from "../config/session.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { formatAddress } from "../parsers.ts";
import { keyOf } from "../config/settings.ts";
import { loadProbe } from "../probe/probes.ts";
import type { IdentitySettings } from "../protocol/protocol.ts";
import type { Session } from "../session/session_state.ts";
import type { World } from "../world.ts";
import type { SettingFiles } from "./setting_files.ts";

/** A session with its identity. */
export interface OpenSession extends ValidSession, Session {
  /** Where the gateway is. */
  readonly gateway: ValidSession["gateway"];
  /** The other targets that have to agree. */
  readonly also: readonly OpenSession[];
}

/** What most sessions have, which are thousands: they share it. */
const nobody: readonly OpenSession[] = [];
const noFiles: SettingFiles = { contents: {}, mistakes: [] };

/** The file that names a session at its gateway, `-` for stdin; `null` if none does. */
export function identityFileOf(
  { protocol, values }: Pick<ValidSession, "protocol" | "values">,
): string | null {
  const { identity } = protocol;
  return identity === null ? null : values[identity.file] as string | null;
}

/** What names a session that no file names; empty where nothing does. */
function ownIdentity(
  { protocol, values }: Pick<ValidSession, "protocol" | "values">,
): string {
  const { identity } = protocol;
  return identity === null ? "" : values[identity.value] as string;
}

/** What sessions are opened with. */
export interface OpenOptions {
  /** What is wrong besides what is in the settings. */
  readonly mistakes: readonly Mistake[];
  /** Receives warnings, now and later. */
  readonly warn: (message: string) => void;
  /** Whether to leave out sessions whose identity comes from a pipe; not if absent. */
  readonly leavePipes?: boolean;
  /** Whether sessions with a `login` may lack an identity, since they will log in; not if absent. */
  readonly logsIn?: boolean;
  /** Sessions that were opened before; identities from pipes are taken from them. */
  readonly before?: ReadonlyMap<string, OpenSession>;
}

/** Reads the identities of sessions; rejects with a `LifesignError` with all mistakes, if there are any. */
export async function openSessions(
  loaded: Pick<Loaded, "sessions" | "valid" | "mistakes" | "warnings">,
  world: Pick<World, "clock" | "environment" | "files">,
  { mistakes, warn, leavePipes = false, logsIn = false, before = new Map() }:
    OpenOptions,
): Promise<OpenSession[]> {
  const wrong: Mistake[] = [...mistakes, ...loaded.mistakes];
  const open: OpenSession[] = [];
  const warnings: string[] = [...loaded.warnings];
  const oldOf = (session: ValidSession) => {
    const old = before.get(session.name);
    return old && identityFileOf(old) === identityFileOf(session)
      ? old
      : undefined;
  };
  const asked = loaded.valid.flatMap((it) => [it, ...it.also]);
  const kinds = new Map<string, IdentitySettings>();
  for (const session of asked) {
    const file = identityFileOf(session);
    if (file === null || file === "-") continue;
    if (oldOf(session)?.readIdentity === null) continue;
    kinds.set(file, session.protocol.identity!);
  }
  const isNamed = asked.some((session) => identityFileOf(session) !== null);
  const reader = isNamed ? await import("./identity_reader.ts") : null;
  const read = await reader?.readIdentityFiles(kinds, world) ?? new Map();
  const opened = new Map(
    await Promise.all(asked.map(async (session) => {
      const [createProbe, files] = await Promise.all([
        loadProbe(session.protocol),
        contentsOf(session, world),
      ]);
      return [session, { createProbe, ...files }] as const;
    })),
  );

  /** Opens a session; `null` if that can't be done. A UID that `main` has as well is read only once. */
  async function openOne(
    session: ValidSession,
    main: OpenSession | null = null,
  ): Promise<OpenSession | null> {
    const file = identityFileOf(session);
    const old = main === null ? oldOf(session) : undefined;
    const { contents, mistakes } = opened.get(session)!;
    if (mistakes.length > 0) {
      wrong.push(...mistakes);
      return null;
    }
    const { createProbe } = opened.get(session)!;
    const how = { createProbe, files: contents, also: nobody };
    if (main !== null && file !== null && identityFileOf(main) === file) {
      const { identity, readIdentity } = main;
      return { ...session, ...how, identity, readIdentity };
    }
    // Nobody should type a UID only to learn of another mistake afterwards.
    const isUnwanted = leavePipes || wrong.length > 0;
    if (file === "-" && old === undefined && isUnwanted) return null;
    const pipes = !leavePipes && before.size === 0;
    const found = file === null
      ? { identity: ownIdentity(session), isRegular: false, warning: null }
      : old?.readIdentity === null
      ? { identity: old.identity, isRegular: false, warning: null }
      : await reader!.firstIdentity(file, session, world, {
        read,
        pipes,
        leavePipes,
        logsIn: logsIn && session.login !== null && !old?.identity,
      });
    if (found === null) return null;
    if (!("kind" in found)) {
      const { identity, warning } = found;
      if (warning !== null) warnings.push(warning);
      const readIdentity = found.isRegular
        ? reader!.identityReader(file!, session, { identity, world, warn })
        : null;
      return { ...session, ...how, identity, readIdentity };
    }
    if (file !== null && old !== undefined) {
      const { noun } = session.protocol.identity!;
      warnings.push(`${found.message}; the last ${noun} stays in use`);
      const { identity, readIdentity } = old;
      return { ...session, ...how, identity, readIdentity };
    }
    wrong.push(found);
    return null;
  }

  for (const session of loaded.valid) {
    const main = await openOne(session);
    if (main === null) continue;
    const also: OpenSession[] = [];
    for (const other of session.also) {
      const opened = await openOne(other, main);
      if (opened !== null) also.push(opened);
    }
    open.push(also.length === 0 ? main : await withOthers(main, also));
  }
  const all = [
    ...wrong,
    ...loaded.valid.length > 1
      ? [...readers(loaded.valid), ...twins(open, loaded.sessions)]
      : [],
  ];
  if (all.length > 0) {
    // A file or a variable that was skipped may be why something is missing.
    const skipped = loaded.warnings.map((message) => ({
      kind: "noinput" as const,
      message,
    }));
    throw new LifesignError([...all, ...skipped]);
  }
  warnings.forEach(warn);
  return open;
}

/** What the files hold that a session's settings name; most protocols have none. */
async function contentsOf(
  session: ValidSession,
  world: Pick<World, "environment" | "files">,
): Promise<SettingFiles> {
  if (Object.keys(session.protocol.files).length === 0) {
    return noFiles;
  }
  const { readSettingFiles } = await import("./setting_files.ts");
  return await readSettingFiles(session, world);
}

/** A session that other targets have to agree with. */
async function withOthers(
  main: OpenSession,
  also: readonly OpenSession[],
): Promise<OpenSession> {
  const { withOpinions } = await import("../session/opinions.ts");
  return { ...main, also, createProbe: withOpinions(main, also) };
}

/** Finds sessions that can't read stdin because another one does. */
function readers(sessions: readonly ValidSession[]): Mistake[] {
  const [first, ...others] = sessions.filter((session) =>
    identityFileOf(session) === "-"
  );
  return others.map(({ name, protocol }) => ({
    kind: "config",
    message: `lifesign: Cannot read the ${
      protocol.identity!.noun
    } of [${name}] from stdin: [${
      first!.name
    }] does, expected another file, e.g. ${
      keyOf(protocol.identity!.file)
    } = /run/${name}`,
  }));
}

/** Finds sessions that the gateway could not tell apart. Streams may differ in all that a connection depends on. */
function twins(
  open: readonly OpenSession[],
  sessions: readonly LoadedSession[],
): Mistake[] {
  const names = new Map<string, string>();
  const loaded = new Map(sessions.map((session) => [session.name, session]));
  return open.flatMap((session): Mistake[] => {
    const { name, gateway, identity, protocol } = session;
    const key = JSON.stringify([
      protocol.scheme,
      formatAddress(gateway),
      identity ?? { file: identityFileOf(session) },
      ...protocol.carrier === "stream" ? connectionOf(session) : [],
    ]);
    const other = names.get(key);
    names.set(key, other ?? name);
    if (other === undefined) return [];
    const { identity: settings } = protocol;
    const where = session.target === null ? "gateway" : "target";
    const setting = settings === null
      ? where
      : identityFileOf(session) === null
      ? settings.value
      : settings.file;
    const place = placeOf(
      originOf(loaded.get(name)!.resolved.origins, setting),
    );
    const same = settings === null ? where : `gateway and ${settings.noun}`;
    const message =
      `${place}: Cannot keep [${name}] alive as well: [${other}] has the same ${same}, expected another ${
        settings?.noun ?? where
      }`;
    return [{ kind: "config", message }];
  });
}

/** What a stream's connection depends on, besides its address. */
function connectionOf(
  { path, bind, family, protocol, values }: OpenSession,
): readonly unknown[] {
  const own = Object.keys(protocol.settings).map((name) => values[name]);
  return [path, bind, family, ...own];
}
