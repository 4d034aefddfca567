/**
 * The lab: real servers, and servers of every temper, in a network of their own.
 * It is a folder beside the project, or the one that `LIFESIGN_LAB` names.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { lifesign, type Outcome, quote, sh } from "../harness.ts";
import { createHost, type Host, obstacle } from "../netns/network.ts";

const folder = Deno.env.get("LIFESIGN_LAB") ??
  decodeURIComponent(
    new URL("../../../shared/lab", import.meta.url).pathname,
  );

/** Exists while the lab is up. */
const runFolder = "/run/lifesign-lab";

/** Locked by a run of the tests that uses the lab, so that no other one ends it meanwhile. */
const lockFile = "/run/lifesign-lab.lock";

const client = "lab-a";
const server = "lab-b";

/** Why the lab can't be used here; `undefined` if it can. */
export async function labObstacle(): Promise<string | undefined> {
  return exists(`${folder}/up`) ? await obstacle() : `there is no ${folder}`;
}

/** A row of the lab's table: what `check` has to say to a server. */
export interface Row {
  /** Whom to ask. */
  readonly target: string;
  /** Flags of `check`, as in a shell. */
  readonly flags: string;
  /** The exit status that is right. */
  readonly code: number;
  /** What is there. */
  readonly note: string;
}

/** Reads the lab's table. */
export async function readRows(): Promise<Row[]> {
  const text = await Deno.readTextFile(`${folder}/expect.tsv`);
  const [head, ...lines] = text.trimEnd().split("\n");
  assertEquals(head, "target\tflags\texit\tnote");
  return lines.map((line) => {
    const [target, flags, code, note] = line.split("\t");
    return {
      target: target!,
      flags: flags!,
      code: Number(code),
      note: note!,
    };
  });
}

/** The lab while it is up. */
export interface Lab extends AsyncDisposable {
  /** Why it could not be started: packages are missing; `undefined` if it is up. */
  readonly lack: string | undefined;
  /** The host of lifesign. */
  readonly near: Host;
  /** The host of the servers. */
  readonly far: Host;
  /** Asks the server of a row. */
  check(row: Row): Promise<Outcome>;
}

/** Starts the lab, and ends it when it goes out of scope. One that is up already is used, and left up. */
export async function openLab(): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const lock = await Deno.open(lockFile, { create: true, write: true });
  stack.use(lock);
  await lock.lock(true);
  let lack: string | undefined;
  if (!exists(runFolder)) {
    stack.defer(async () => {
      const { code, stderr } = await sh(`${quote(folder)}/down`);
      assertEquals(code, 0, stderr);
    });
    const { code, stderr } = await sh(`${quote(folder)}/up`);
    lack = /missing packages.*/.exec(stderr)?.[0];
    if (lack === undefined) assertEquals(code, 0, stderr);
  }
  const processes = stack.use(new AsyncDisposableStack());
  const [near, far] = [client, server].map((namespace) =>
    createHost(namespace, (child) => processes.use(child))
  );
  const all = stack.move();
  return {
    lack,
    near: near!,
    far: far!,
    check: ({ target, flags }) =>
      sh(
        `timeout 60 ip netns exec ${client} ${quote(lifesign)} check ${flags} ${
          quote(target)
        }`,
      ),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
