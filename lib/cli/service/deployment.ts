/**
 * What it takes to start lifesign with the present settings.
 *
 * @module
 */
import { isPath } from "../../address.ts";
import { protocols } from "../../protocol/protocols.ts";
import { load, type Loaded, type LoadedSession } from "../../config/load.ts";
import type { SettingText } from "../../config/layers.ts";
import { type Finding, mistakesOf, type Origin } from "../../config/origin.ts";
import {
  agentSettings,
  flagOf,
  keyOf,
  sessionSettings,
} from "../../config/settings.ts";
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
  relativePath,
  unfitConfig,
} from "./config_file.ts";
import { userNames } from "./users.ts";
import { exampleOf } from "../../setting.ts";

/** How and as whom lifesign is to be started. */
export interface Deployment {
  /** Its path. */
  readonly executable: string;
  /** The path of the file with the settings. */
  readonly config: string;
  /** What follows that file on the command line: flags, and sessions unless all are meant. */
  readonly args: readonly string[];
  /** The name of the user, or the number of one without a name. */
  readonly user: string;
  /** The paths of the files that it only reads, and of sockets. */
  readonly reads: readonly string[];
  /** The paths of the files that it makes and replaces. */
  readonly writes: readonly string[];
  /** Whether it starts commands of the user, which may need any right. */
  readonly hasHooks: boolean;
}

/** The settings that identify a session. */
const identities = protocols.flatMap(({ identity, settings }) =>
  identity === null ? [] : [{ ...identity, settings }]
);

/** Settings whose texts are commands. */
const hooks = Object.entries(sessionSettings)
  .filter(([, { isVerbatim }]) => isVerbatim).map(([name]) => name);

/** Finds out how to start a command with the present settings. Rejects with a `LifesignError` that names all obstacles. */
export async function planDeployment(
  args: Arguments,
  command: Command,
  world: Pick<
    World,
    "clock" | "environment" | "executable" | "files" | "streams"
  >,
): Promise<{
  deployment: Deployment;
  warnings: readonly string[];
  /** Whether it is started as the user who asks. */
  isOwn: boolean;
}> {
  const { clock, environment, files, executable } = world;
  const isCheck = command.name === "check";
  const loaded = await load(requestOf(args, isCheck ? "check" : "run"), world);
  const { agent, sessions } = loaded;
  const remembersNothing = isCheck && agent.origins["state"] === undefined;
  const uidFiles = sessions.flatMap(({ resolved }) =>
    identities.flatMap(({ file }) => resolved.origins[file] ?? [])
  );
  const [secretFiles, openFiles] = [true, false].map((isSecret) =>
    sessions.flatMap(({ protocol, resolved }) =>
      Object.entries(protocol.files)
        .filter(([, file]) => file.isSecret === isSecret)
        .flatMap(([setting]) => resolved.origins[setting] ?? [])
    )
  ) as [SettingText[], SettingText[]];
  const ownFiles = [...uidFiles, ...secretFiles];
  const sockets = loaded.valid.flatMap((session) => [session, ...session.also])
    .map(({ gateway: { host } }) => host).filter(isPath);
  const written = Object.entries(agentSettings)
    .filter(([name, row]) => row.value === "FILE" && name in command.settings)
    .flatMap(([name]) => agent.origins[name] ?? []);
  const named = namedConfig(args, world);
  const config = await findConfig(named, world);
  const inFiles = await readAll(ownFiles, files);
  const owners = ownersOf(inFiles);
  const others = ownFiles.length > 0 ? files.user : config?.owner;
  const user = owners.keys().next().value ?? others ?? files.user;
  const nameOfUser = await userNames(files);
  const warnings: string[] = [];
  const findings = [
    ...sessions.flatMap(exposedUid),
    ...[...ownFiles, ...openFiles, ...written].flatMap(relativePath),
    ...relativePath({ text: executable, origin: { type: "default" } }),
    ...inFiles.flatMap(pipe),
    ...severalOwners(owners, nameOfUser),
    // `load` has refused a named file that is not there.
    ...config === null && named === undefined ? [noConfig] : [],
    ...config === null ? [] : unfitConfig(config, user, nameOfUser),
  ];
  // As the user that it will be started as.
  const asUser = { clock, environment, files: { ...files, user } };
  await openSessions(loaded, asUser, {
    mistakes: [
      ...args.mistakes,
      ...strangeFlags(args, command),
      ...mistakesOf(findings),
      ...remembersNothing ? sessions.flatMap(forgetful) : [],
    ],
    warn: (message) => warnings.push(message),
    leavePipes: true,
    logsIn: !isCheck,
  });
  const path = config?.path ?? "";
  const needsMark = args.operands.some((name) => name.startsWith("-"));
  const deployment = {
    executable,
    config: path,
    args: [
      // `check` refuses as a flag what it ignores in the environment.
      ...flagsFor(loaded, command, remembersNothing ? ["tolerate"] : []),
      ...needsMark ? ["--"] : [],
      ...args.operands,
    ],
    user: nameOfUser(user),
    reads: [executable, path, ...sockets]
      .concat([...ownFiles, ...openFiles].map(({ text }) => text)),
    writes: written.map(({ text }) => text),
    hasHooks: sessions.some(({ resolved }) =>
      hooks.some((setting) => resolved.origins[setting] !== undefined)
    ),
  };
  return { deployment, warnings, isOwn: user === files.user };
}

/** Whether a text has to be given at each start. */
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

/** The owners of the files, each with one of its files. */
function ownersOf(uidFiles: readonly UidFile[]): Map<number, SettingText> {
  const owners = new Map<number, SettingText>();
  for (const { content, ...setting } of uidFiles) {
    if (isFault(content) || owners.has(content.owner)) continue;
    owners.set(content.owner, setting);
  }
  return owners;
}

/** A pipe gives its UID to one reader only. */
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
function strangeFlags({ layer }: Arguments, command: Command): Mistake[] {
  return Object.keys(layer).filter((name) => !(name in command.settings))
    .map((name) => ({
      kind: "usage",
      message: `${
        flagOf(name)
      }: Cannot be used here: "lifesign ${command.name}" has no such flag`,
    }));
}

/** The flags and the environment of now, as flags, but for some settings; they are the same for each session. */
function flagsFor(
  { agent, sessions: [session] }: Loaded,
  command: Command,
  omitted: readonly string[],
): string[] {
  const origins = { ...session?.resolved.origins, ...agent.origins };
  return Object.entries(command.settings).flatMap(([name, row]) => {
    const given = origins[name];
    if (given === undefined) return [];
    // On a command line it is the only session, which a flag is not.
    if (given.origin.type === "operand") return [given.text];
    if (!isGiven(given.origin)) return [];
    if (name === "config" || omitted.includes(name)) return [];
    if (row.value !== undefined) return [`${flagOf(name)}=${given.text}`];
    const flags = Object.entries(row.switches ?? {});
    return flags.filter(([, text]) => text === given.text).slice(0, 1)
      .map(([flag]) => flag);
  });
}
