/**
 * The sessions that a command is about, ready to be kept alive.
 *
 * @module
 */
import type { AgentSession } from "../session/agent.ts";
import type { Loaded, LoadedSession } from "../config/load.ts";
import { originOf } from "../config/layers.ts";
import { placeOf } from "../config/origin.ts";
import { formatAddress } from "../parsers.ts";
import type { Session } from "../config/session.ts";
import { expandHome } from "../config/sources.ts";
import { longestUidFile, uidOf } from "../config/uid_file.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import {
  type Fault,
  type FileContent,
  isFault,
  pipeCode,
  type World,
} from "../world.ts";
import { readUidFiles } from "./steady_files.ts";

/** A session with its UID. */
export interface OpenSession extends Session, AgentSession {
  /** The UID at the start. */
  readonly uid: bigint;
  /** Where the gateway is. */
  readonly gateway: Session["gateway"];
  /** Other addresses that may answer for it. */
  readonly replyFrom: readonly string[];
}

/** What sessions are opened with. */
export interface OpenOptions {
  /** What is wrong besides what is in the settings. */
  readonly mistakes: readonly Mistake[];
  /** Is told what is not as it should be, now and later. */
  readonly warn: (message: string) => void;
  /** Whether to leave out sessions whose UID could be read only once; not if absent. */
  readonly leavePipes?: boolean;
  /** Sessions that were opened before; a UID that could be read only once is taken from them. */
  readonly before?: ReadonlyMap<string, OpenSession>;
}

/** Reads the UIDs of sessions; rejects with a `LifesignError` that tells all mistakes, if there are any. */
export async function openSessions(
  loaded: Pick<Loaded, "sessions" | "valid" | "mistakes" | "warnings">,
  world: Pick<World, "clock" | "environment" | "files">,
  { mistakes, warn, leavePipes = false, before = new Map() }: OpenOptions,
): Promise<OpenSession[]> {
  const wrong: Mistake[] = [...mistakes, ...loaded.mistakes];
  const open: OpenSession[] = [];
  const warnings: string[] = [...loaded.warnings];
  const { get } = world.environment;
  const oldOf = ({ name, uidFile }: Session) => {
    const old = before.get(name);
    return old?.uidFile === uidFile ? old : undefined;
  };
  const read = await readUidFiles(
    loaded.valid.filter((session) => oldOf(session)?.readUid !== null)
      .flatMap(({ uidFile }) => uidFile ? [expandHome(uidFile, get)] : [])
      .filter((path) => path !== "-"),
    world,
  );
  for (const session of loaded.valid) {
    const { uidFile } = session;
    const replyFrom = session.replyFrom ?? [];
    const old = oldOf(session);
    // Nobody is to type a UID first, only to be told what was wrong before.
    const isUnwanted = leavePipes || wrong.length > 0;
    if (uidFile === "-" && old === undefined && isUnwanted) continue;
    const pipes = !leavePipes && before.size === 0;
    const found = uidFile !== null && old?.readUid === null
      ? { uid: old.uid, isRegular: false, warning: null }
      : await firstUid(session, world, { read, pipes, leavePipes });
    if (found === null) continue;
    if (!("kind" in found)) {
      if (found.warning !== null) warnings.push(found.warning);
      const readUid = found.isRegular
        ? uidReader(session, found.uid, world, warn)
        : null;
      open.push({ ...session, replyFrom, uid: found.uid, readUid });
    } else if (uidFile !== null && old !== undefined) {
      warnings.push(`${found.message}; the last UID goes on being used`);
      const { uid, readUid } = old;
      open.push({ ...session, replyFrom, uid, readUid });
    } else wrong.push(found);
  }
  const all = [
    ...wrong,
    ...readers(loaded.valid),
    ...twins(open, loaded.sessions),
  ];
  if (all.length > 0) {
    // A file that was skipped may be why something is missing.
    const skipped = loaded.warnings.map((message) => ({
      kind: "noinput" as const,
      message,
    }));
    throw new LifesignError([...all, ...skipped]);
  }
  warnings.forEach(warn);
  return open;
}

/** Only one session can read its UID from stdin. */
function readers(sessions: readonly Session[]): Mistake[] {
  const [first, ...others] = sessions.filter(({ uidFile }) => uidFile === "-");
  return others.map(({ name }) => ({
    kind: "config",
    message: `lifesign: Cannot read the UID of [${name}] from stdin: [${
      first!.name
    }] does, another file is wanted`,
  }));
}

/** Sessions that would be the same one at the gateway. */
function twins(
  open: readonly OpenSession[],
  sessions: readonly LoadedSession[],
): Mistake[] {
  const names = new Map<string, string>();
  const loaded = new Map(sessions.map((session) => [session.name, session]));
  return open.flatMap((session): Mistake[] => {
    const { name, gateway, uid, uidFile } = session;
    const key = `${formatAddress(gateway)} ${uid}`;
    const other = names.get(key);
    names.set(key, other ?? name);
    if (other === undefined) return [];
    const setting = uidFile === null ? "uid" : "uidFile";
    const place = placeOf(
      originOf(loaded.get(name)!.resolved.origins, setting),
    );
    const message =
      `${place}: Cannot keep [${name}] alive as well: [${other}] has the same gateway and UID, another one is wanted`;
    return [{ kind: "config", message }];
  });
}

/** A UID to start with. */
interface FirstUid {
  readonly uid: bigint;
  readonly isRegular: boolean;
  readonly warning: string | null;
}

/** Reads a UID for the first time; `null` if it comes from a pipe that may not be read. */
async function firstUid(
  { uid, uidFile }: Session,
  { environment, files }: Pick<World, "environment" | "files">,
  { read, pipes, leavePipes }: {
    /** What was read before, by path. */
    readonly read: ReadonlyMap<string, FileContent | Fault>;
    readonly pipes: boolean;
    readonly leavePipes: boolean;
  },
): Promise<FirstUid | Mistake | null> {
  if (uid !== null) return { uid, isRegular: false, warning: null };
  const path = expandHome(uidFile!, environment.get);
  const before = read.get(path);
  const isPipe = before !== undefined && isFault(before) &&
    before.code === pipeCode;
  const file = before !== undefined && !(isPipe && pipes)
    ? before
    : await files.read(path, { longest: longestUidFile, pipes });
  if (isFault(file) && file.code === pipeCode && leavePipes) return null;
  const found = uidOf(path, file, files.user);
  if ("kind" in found) return found;
  return { ...found, isRegular: "isRegular" in file && file.isRegular };
}

/** Reads a file's UID again and again, never twice at a time; a file that has gone bad is warned about once. */
function uidReader(
  { uidFile }: Session,
  first: bigint,
  world: Pick<World, "clock" | "environment" | "files">,
  warn: (message: string) => void,
): (callback: (uid: bigint | null) => void) => void {
  const path = expandHome(uidFile ?? "", world.environment.get);
  let known = first;
  let reading: Promise<bigint | null> | null = null;
  let warned = "";

  async function read(): Promise<bigint | null> {
    const file = (await readUidFiles([path], world, known)).get(path)!;
    const found = uidOf(path, file, world.files.user);
    reading = null;
    if (!("kind" in found)) known = found.uid;
    const warning = "kind" in found ? found.message : found.warning ?? "";
    if (warning !== warned && "kind" in found) {
      warn(`${warning}; the last UID goes on being used`);
    }
    warned = warning;
    return "kind" in found ? null : found.uid;
  }

  return (callback) => {
    reading ??= read();
    reading.then(callback);
  };
}
