/**
 * What somebody else has to know to start lifesign with the present settings.
 *
 * @module
 */
import { keyOf } from "../../config/settings.ts";
import { protocols } from "../../protocol/protocols.ts";
import { load, type Loaded, type LoadedSession } from "../../config/load.ts";
import type { SettingText } from "../../config/layers.ts";
import { type Finding, mistakesOf, type Origin } from "../../config/origin.ts";
import type { Purpose } from "../../config/session.ts";
import { agentSettings, flagOf } from "../../config/settings.ts";
import { nameOf } from "../../config/trust.ts";
import { longestIdentityFile } from "../../config/identity_file.ts";
import type { Mistake } from "../../errors.ts";
import {
  type Fault,
  type FileContent,
  isFault,
  pipeCode,
  type World,
} from "../../world.ts";
import type { Arguments } from "../arguments.ts";
import { forgetful } from "../check.ts";
import { type Command, requestOf } from "../invocation.ts";
import { openSessions } from "../../run/sessions.ts";
import {
  findConfig,
  namedConfig,
  noConfig,
  unfitConfig,
} from "./config_file.ts";
import { relativePath } from "./paths.ts";
import { userNames } from "./users.ts";
import { exampleOf, type Setting } from "../../setting.ts";

/** How and as whom lifesign is to be started. */
export interface Deployment {
  /** Its path. */
  readonly executable: string;
  /** The path of the file with the settings. */
  readonly config: string;
  /** Flags for what the file does not say, such as `--interval=30s`. */
  readonly flags: readonly string[];
  /** The sessions; none for all in the file. */
  readonly sessions: readonly string[];
  /** The name of the user, or the number of one without a name. */
  readonly user: string;
  /** The paths of the files that it only reads. */
  readonly reads: readonly string[];
  /** The paths of the files that it makes and replaces. */
  readonly writes: readonly string[];
  /** Whether it starts commands of the user's, which may need any right. */
  readonly hasHooks: boolean;
}

/** What is to be started, and why. */
export interface Subject {
  /** The command. */
  readonly command: Command;
  /** What it reads settings for. */
  readonly purpose: Purpose;
}

/** What may name sessions. */
const identities = protocols.flatMap(({ identity, settings }) =>
  identity === null ? [] : [{ ...identity, settings }]
);

/** Settings whose texts are commands to be run. */
const hooks = ["onDead", "onFault", "onAlive"];

/** Finds out what there is to know; rejects with a `LifesignError` that tells all that is in the way. */
export async function planDeployment(
  args: Arguments,
  subject: Subject,
  world: Pick<World, "clock" | "environment" | "executable" | "files">,
): Promise<{ deployment: Deployment; warnings: readonly string[] }> {
  const { clock, files, executable } = world;
  const loaded = await load(requestOf(args, subject.purpose), world);
  const uidFiles = textsOf(
    loaded.sessions.flatMap(({ resolved }) =>
      identities.map(({ file }) => resolved.origins[file])
    ),
  );
  const written = textsOf(
    Object.entries(agentSettings)
      .filter(([name, row]) =>
        row.value === "FILE" && name in subject.command.settings
      )
      .map(([name]) => loaded.agent.origins[name]),
  );
  const named = namedConfig(args, world);
  const config = await findConfig(named, world);
  const inFiles = await readAll(uidFiles, files);
  const owners = ownersOf(inFiles);
  const others = uidFiles.length > 0 ? files.user : config?.owner;
  const user = owners.keys().next().value ?? others ?? files.user;
  const nameOfUser = await userNames(files);
  const warnings: string[] = [];
  // As the user that it will be started as.
  await openSessions(
    loaded,
    { clock, files: { ...files, user } },
    {
      mistakes: [
        ...args.mistakes,
        ...strangeFlags(args, subject),
        ...mistakesOf([
          ...loaded.sessions.flatMap(exposedUid),
          ...[...uidFiles, ...written].flatMap(relativePath),
          ...relativePath({ text: executable, origin: { type: "default" } }),
          ...inFiles.flatMap(pipe),
          ...severalOwners(owners, nameOfUser),
          // One that was named and is not there has been told of.
          ...config === null && named === undefined ? [noConfig()] : [],
          ...config === null ? [] : unfitConfig(config, user, nameOfUser),
        ]),
        ...needlessTolerance(loaded, subject),
      ],
      warn: (message) => warnings.push(message),
      leavePipes: true,
    },
  );
  const path = config?.path ?? "";
  const deployment = {
    executable,
    config: path,
    flags: flagsFor(loaded, subject),
    sessions: args.operands,
    user: nameOfUser(user),
    reads: [executable, path, ...uidFiles.map(({ text }) => text)],
    writes: written.map(({ text }) => text),
    hasHooks: loaded.sessions.some(({ resolved }) =>
      hooks.some((setting) => resolved.origins[setting] !== undefined)
    ),
  };
  return { deployment, warnings };
}

function textsOf(texts: readonly (SettingText | undefined)[]): SettingText[] {
  return texts.filter((text) => text !== undefined);
}

/** Whether it has to be told with each start. */
function isGiven({ type }: Origin): boolean {
  return type === "flag" || type === "environment";
}

function exposedUid({ resolved }: LoadedSession): Finding[] {
  return identities.flatMap(({ noun, value, file, settings }) => {
    const own = resolved.origins[value];
    if (own === undefined || !isGiven(own.origin)) return [];
    const message =
      `Cannot print the ${noun}, since others may read that: expected a line with ${
        keyOf(value)
      } or ${keyOf(file)} in a file, e.g. ${keyOf(file)} = ${
        exampleOf(settings[file]!)
      }`;
    return [{ origin: own.origin, message }];
  });
}

/** A file with a UID, as it is now. */
interface UidFile extends SettingText {
  readonly content: FileContent | Fault;
}

async function readAll(
  texts: readonly SettingText[],
  files: World["files"],
): Promise<UidFile[]> {
  const options = { longest: longestIdentityFile, pipes: false };
  const read: UidFile[] = [];
  // One at a time, since there may be more than can be open.
  for (const setting of texts) {
    read.push({ ...setting, content: await files.read(setting.text, options) });
  }
  return read;
}

/** Who owns the files, and one file of each. */
function ownersOf(uidFiles: readonly UidFile[]): Map<number, SettingText> {
  const owners = new Map<number, SettingText>();
  for (const { content, ...setting } of uidFiles) {
    if (isFault(content) || owners.has(content.owner)) continue;
    owners.set(content.owner, setting);
  }
  return owners;
}

/** Somebody writes a UID into a pipe once, for one reader. */
function pipe({ text, origin, content }: UidFile): Finding[] {
  if (!isFault(content) || content.code !== pipeCode) return [];
  const message = `Cannot use ${nameOf(text)} in a unit: ${content.message}`;
  return [{ origin, message }];
}

function severalOwners(
  owners: ReadonlyMap<number, SettingText>,
  nameOfUser: (user: number) => string,
): Finding[] {
  const [first, ...others] = owners;
  return others.map(([owner, { text, origin }]) => ({
    origin,
    message: `Cannot start as two users: ${nameOf(text)} belongs to ${
      nameOfUser(owner)
    }, ${nameOf(first![1].text)} to ${
      nameOfUser(first![0])
    }, expected one owner`,
  }));
}

/** Flags that the command does not have. */
function strangeFlags(
  { layer }: Arguments,
  { command }: Subject,
): Mistake[] {
  return Object.keys(layer).filter((name) => !(name in command.settings))
    .map((name) => ({
      kind: "usage",
      message: `${
        flagOf(name)
      }: Cannot be used here: "lifesign ${command.name}" has no such flag`,
    }));
}

function needlessTolerance(loaded: Loaded, subject: Subject): Mistake[] {
  return remembersNothing(loaded, subject)
    ? loaded.sessions.flatMap(forgetful)
    : [];
}

function remembersNothing({ agent }: Loaded, { purpose }: Subject): boolean {
  return purpose === "check" && agent.origins["state"] === undefined;
}

/** What flags and environment say now, as flags; the same for each session. */
function flagsFor(loaded: Loaded, subject: Subject): string[] {
  const origins = {
    ...loaded.sessions[0]?.resolved.origins,
    ...loaded.agent.origins,
  };
  return Object.entries(subject.command.settings).flatMap(([name, row]) => {
    const given = origins[name];
    if (name === "config" || given === undefined) return [];
    if (!isGiven(given.origin)) return [];
    // `check` would refuse as a flag what it ignores in the environment.
    if (name === "tolerate" && remembersNothing(loaded, subject)) return [];
    return flagWith(name, row, given.text);
  });
}

function flagWith(
  name: string,
  { value, switches = {} }: Setting<unknown>,
  text: string,
): string[] {
  if (value !== undefined) return [`${flagOf(name)}=${text}`];
  return Object.keys(switches).filter((flag) => switches[flag] === text)
    .slice(0, 1);
}
