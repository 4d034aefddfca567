/**
 * The sessions that a command is about, ready to be kept alive.
 *
 * @module
 */
import type { AgentSession } from "../agent/agent.ts";
import { quote } from "../config/layers.ts";
import { didYouMean } from "../config/nearest.ts";
import {
  checkPresence,
  checkSession,
  type Session,
} from "../config/session.ts";
import { sessionSettings } from "../config/settings.ts";
import { longestUidFile, uidOf } from "../config/uid_file.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { mistakesOf, readSettings, refuse } from "./invocation.ts";

/** The name of the only session where none is configured. */
const defaultName = "default";

/** What sessions are read for. */
export interface SessionOptions {
  /** Whether they will have more than one cycle, which has to fit into the interval. */
  readonly cycles: boolean;
  /** Further mistakes, to be reported with those in the sessions. */
  readonly mistakes: readonly Mistake[];
  /** Is told what is not as it should be. */
  readonly warn: (message: string) => void;
}

/** Where settings and UIDs come from. */
export type Sources = Pick<World, "environment" | "files">;

/** Reads the sessions that the operands name, all if there are none; rejects with a `LifesignError` if anything is wrong. */
export async function readSessions(
  args: Arguments,
  world: Sources,
  options: SessionOptions,
): Promise<AgentSession[]> {
  const resolved = readSettings(sessionSettings, args, world);
  const { incomplete } = args;
  const session = "mistakes" in resolved || incomplete.size > 0
    ? {
      mistakes: [
        ...mistakesOf(resolved),
        ...checkPresence(resolved.origins, incomplete),
      ],
    }
    : checkSession(defaultName, resolved, options);
  const mistakes = [
    ...options.mistakes,
    ...args.operands.filter((name) => name !== defaultName).map(unknown),
    ...mistakesOf(session),
  ];
  if ("mistakes" in session) throw new LifesignError(mistakes);
  return [await withUid(session, world, { ...options, mistakes })];
}

function unknown(name: string): Mistake {
  const message = `lifesign: Cannot find a session ${quote(name)}: ` +
    `${defaultName} is wanted${didYouMean(name, [defaultName])}`;
  return { kind: "usage", message };
}

async function withUid(
  session: Session,
  { files }: Sources,
  { mistakes, warn }: SessionOptions,
): Promise<AgentSession> {
  const { uid, uidFile } = session;
  const readUid = () => {};
  if (uidFile === null) {
    refuse(mistakes);
    return { ...session, uid: uid!, rereadUid: false, readUid };
  }
  // Nobody is to type a UID first, only to be told what was wrong before.
  if (uidFile === "-") refuse(mistakes);
  const file = await files.read(uidFile, {
    longest: longestUidFile,
    pipes: true,
  });
  const first = uidOf(uidFile, file, files.user);
  if ("kind" in first) throw new LifesignError([...mistakes, first]);
  refuse(mistakes);
  if (first.warning !== null) warn(first.warning);
  return {
    ...session,
    uid: first.uid,
    rereadUid: "isRegular" in file && file.isRegular,
    readUid: uidReader(uidFile, files, warn),
  };
}

/** Reads a file's UID again and again, never twice at a time; a file that has gone bad is warned about once. */
function uidReader(
  path: string,
  files: World["files"],
  warn: (message: string) => void,
): AgentSession["readUid"] {
  let isReading = false;
  let warned = "";
  return async (callback) => {
    if (isReading) return callback(null);
    isReading = true;
    const options = { longest: longestUidFile, pipes: false };
    const found = uidOf(path, await files.read(path, options), files.user);
    isReading = false;
    const warning = "kind" in found ? found.message : found.warning ?? "";
    if (warning !== warned && "kind" in found) {
      warn(`${warning}; the last UID goes on being used`);
    }
    warned = warning;
    callback("kind" in found ? null : found.uid);
  };
}
