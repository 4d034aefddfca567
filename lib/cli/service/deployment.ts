/**
 * What somebody else has to know to start lifesign with the present settings.
 *
 * @module
 */
import { load, type Loaded, type LoadedSession } from "../../config/load.ts";
import { originOf, type SettingText } from "../../config/layers.ts";
import { type Finding, mistakesOf, type Origin } from "../../config/origin.ts";
import { control, quote } from "../../config/quote.ts";
import type { Purpose } from "../../config/session.ts";
import { agentSettings, flagOf, type Setting } from "../../config/settings.ts";
import { fileNames, longestConfig } from "../../config/sources.ts";
import { distrust, inShell, nameOf } from "../../config/trust.ts";
import { longestUidFile } from "../../config/uid_file.ts";
import type { Mistake } from "../../errors.ts";
import { type FileContent, isFault, type World } from "../../world.ts";
import type { Arguments } from "../arguments.ts";
import { forgetful } from "../check.ts";
import { type Command, requestOf } from "../invocation.ts";
import { openSessions } from "../sessions.ts";

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

type DeploymentWorld = Pick<World, "environment" | "executable" | "files">;

/** Settings whose texts are commands to be run. */
const hooks = ["onDead", "onFault", "onAlive"];

/** Finds out what there is to know; rejects with a `LifesignError` that tells all that is in the way. */
export async function planDeployment(
  args: Arguments,
  subject: Subject,
  world: DeploymentWorld,
): Promise<{ deployment: Deployment; warnings: readonly string[] }> {
  const { files, environment, executable } = world;
  const loaded = await load(requestOf(args, subject.purpose), world);
  const uidFiles = textsOf(
    loaded.sessions.map(({ resolved }) => resolved.origins["uidFile"]),
  );
  const written = textsOf(
    Object.entries(agentSettings)
      .filter(([name, row]) =>
        row.value === "FILE" && name in subject.command.settings
      )
      .map(([name]) => loaded.agent.origins[name]),
  );
  const config = await findConfig(args, world);
  const owners = await ownersOf(uidFiles, files);
  const user = owners.keys().next().value ?? config?.owner ?? files.user;
  const nameOfUser = await userNames(files);
  const warnings: string[] = [];
  // As the user that it will be started as.
  await openSessions(loaded, { environment, files: { ...files, user } }, {
    mistakes: [
      ...args.mistakes,
      ...strangeFlags(args, subject),
      ...mistakesOf([
        ...loaded.sessions.flatMap(exposedUid),
        ...[...uidFiles, ...written].flatMap(relativePath),
        ...relativePath({ text: executable, origin: { type: "default" } }),
        ...severalOwners(owners, nameOfUser),
        ...noConfig(config, args),
        ...config === null ? [] : unfitConfig(config, user, nameOfUser),
      ]),
      ...needlessTolerance(loaded, subject),
    ],
    warn: (message) => warnings.push(message),
    leavePipes: true,
  });
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
  const { uid } = resolved.origins;
  if (uid === undefined || !isGiven(uid.origin)) return [];
  const message =
    "Cannot print the UID, since others may read that: a line with uid or uid_file in a file is wanted";
  return [{ origin: uid.origin, message }];
}

/** What a path means elsewhere has to be what it means here. */
function relativePath({ text, origin }: SettingText): Finding[] {
  if (text.startsWith("/") && !control.test(text)) return [];
  const what = text === "-" ? "stdin" : quote(text);
  const message =
    `Cannot tell what ${what} will be: a path that begins with / is wanted`;
  return [{ origin, message }];
}

/** The one file that holds the settings. */
interface ConfigFile extends FileContent {
  readonly path: string;
  readonly origin: Origin;
  /** Another one that holds settings. */
  readonly rival: string | undefined;
}

async function findConfig(
  { layer }: Arguments,
  { files, environment }: DeploymentWorld,
): Promise<ConfigFile | null> {
  const variable = "LIFESIGN_CONFIG";
  const fromEnvironment = environment.get(variable);
  const named = layer["config"]?.text ?? fromEnvironment;
  const origin: Origin = layer["config"] === undefined &&
      fromEnvironment !== undefined
    ? { type: "environment", name: variable }
    : originOf(layer, "config");
  const found: (FileContent & { path: string })[] = [];
  for (const path of fileNames(named, environment.get)) {
    const options = { longest: longestConfig, pipes: false };
    const content = await files.read(path, options);
    if (!isFault(content)) found.push({ ...content, path });
  }
  const [first, second] = found;
  return first === undefined ? null : { ...first, origin, rival: second?.path };
}

/** A file that was named and is not there is told elsewhere. */
function noConfig(config: ConfigFile | null, { layer }: Arguments): Finding[] {
  if (config !== null || layer["config"] !== undefined) return [];
  const message =
    "Cannot start without a file with the settings: /etc/lifesign.conf, ~/.config/lifesign.conf or --config FILE is wanted";
  return [{ origin: { type: "default" }, message }];
}

function unfitConfig(
  config: ConfigFile,
  user: number,
  nameOfUser: (user: number) => string,
): Finding[] {
  const { path, origin, owner, mode, rival } = config;
  const findings = relativePath({ text: path, origin });
  const complain = (message: string) =>
    findings.push({ origin: { type: "default" }, message });
  if (rival !== undefined) {
    complain(
      `Cannot start with both ${nameOf(path)} and ${
        nameOf(rival)
      }: one file is wanted, by --config FILE`,
    );
  }
  const reason = distrust(nameOf(path), config, user);
  if (reason !== null) {
    complain(
      `Cannot start as ${nameOfUser(user)} with ${nameOf(path)}: ${reason}`,
    );
  }
  if (owner !== user && (mode & 0o044) === 0) {
    complain(
      `Cannot read ${nameOf(path)} as ${
        nameOfUser(user)
      }: only its owner may, \`chmod go+r ${
        inShell(nameOf(path))
      }\` mends that`,
    );
  }
  return findings;
}

/** Who owns the files with UIDs, and one file of each. */
async function ownersOf(
  uidFiles: readonly SettingText[],
  files: World["files"],
): Promise<Map<number, SettingText>> {
  const owners = new Map<number, SettingText>();
  for (const uidFile of uidFiles) {
    if (relativePath(uidFile).length > 0) continue;
    const options = { longest: longestUidFile, pipes: false };
    const content = await files.read(uidFile.text, options);
    if (isFault(content) || owners.has(content.owner)) continue;
    owners.set(content.owner, uidFile);
  }
  return owners;
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
    }, one owner is wanted`,
  }));
}

/** What users are called here; the number of one that is called nothing, or nothing usual. */
async function userNames(
  files: World["files"],
): Promise<(user: number) => string> {
  const options = { longest: longestConfig, pipes: false };
  const content = await files.read("/etc/passwd", options);
  const text = isFault(content) ? "" : new TextDecoder().decode(content.bytes);
  const names = new Map<string, string>();
  for (const [name, _password, id] of linesOf(text)) {
    if (id === undefined || names.has(id)) continue;
    if (/^[A-Za-z_][\w.-]*$/.test(name!)) names.set(id, name!);
  }
  return (user) => names.get(`${user}`) ?? `${user}`;
}

function linesOf(text: string): string[][] {
  return text.split("\n").map((line) => line.split(":"));
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
