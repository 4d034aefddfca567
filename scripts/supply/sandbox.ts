/**
 * A sandbox for the tests of these scripts: a folder with a fake npm.
 *
 * @module
 */
import { withoutProgress } from "../progress.ts";
import { type Bytes, digest } from "../sums.ts";
import type { NpmPackage } from "./npm.ts";

/** A URL without a server. */
export const nowhere = "http://127.0.0.1:1/";

/** The result of a process. */
export interface Outcome {
  /** Its exit code. */
  readonly code: number;
  /** Its stdout. */
  readonly stdout: string;
  /** Its stderr, without what it says when something takes long. */
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function outcomeOf(command: Deno.Command): Promise<Outcome> {
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Bytes) => new TextDecoder().decode(bytes);
  const said = withoutProgress(text(stderr));
  return { code, stdout: text(stdout), stderr: said };
}

/**
 * Runs processes that ask a server, and holds all of them until the last has
 * asked. None gets an answer.
 */
export async function startTogether(
  count: number,
  command: (server: string) => Deno.Command,
): Promise<Outcome[]> {
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const outcomes = Promise.all(
    Array.from({ length: count }, () => outcomeOf(command(url))),
  );
  // Processes that end without asking must not be waited for.
  outcomes.finally(() => server.close()).catch(() => {});
  const requests: Deno.Conn[] = [];
  while (requests.length < count) requests.push(await server.accept());
  server.close();
  for (const request of requests) request.close();
  return await outcomes;
}

/** Deno's arguments to run a file beside this one. */
export function running(file: string, ...args: string[]): string[] {
  return ["run", "-A", beside(file), ...args];
}

/** Deno's arguments to call a function of a file beside this one. */
export function calling(
  [file, name]: [file: string, name: string],
  ...args: unknown[]
): string[] {
  const code = `
    import { ${name} } from "${beside(file)}";
    import { reportFailure } from "${beside("../report_failure.ts")}";
    await reportFailure(${name}(...${JSON.stringify(args)}));`;
  return ["eval", code];
}

/** A temporary folder where Deno and npm do not see the user's files. */
export class Sandbox implements AsyncDisposable {
  /** Its path. */
  readonly folder: string;
  readonly #orphans: number[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a sandbox without npm. */
  static async make(): Promise<Sandbox> {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/calls`, "");
    return new Sandbox(folder);
  }

  /** Sets a shell script as npm, with `$spec` and `$to`; `undefined` removes npm. */
  async setNpm(script: string | undefined): Promise<void> {
    const path = `${this.folder}/bin/npm`;
    if (script === undefined) return await Deno.remove(path);
    const text = `#!/bin/sh
      PATH='${Deno.env.get("PATH")}' spec=$2 to=\${3#--pack-destination=}
      echo "$spec" >>'${this.folder}/calls'
      cd '${this.folder}'
      ${script}`;
    await Deno.writeTextFile(path, text, { mode: 0o755 });
  }

  /** The packages of all calls of npm. */
  async npmCalls(): Promise<string[]> {
    const calls = await Deno.readTextFile(`${this.folder}/calls`);
    return calls.split("\n").slice(0, -1);
  }

  /** Makes a tarball of files, for {@linkcode serve}. */
  async pack(
    spec: string,
    files: Record<string, string | Bytes>,
  ): Promise<NpmPackage> {
    const source = `${this.folder}/${spec}`;
    for (const [path, content] of Object.entries(files)) {
      const to = `${source}/package/${path}`;
      await Deno.mkdir(to.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(to, new Blob([content]).stream());
    }
    const tarball = `${source}.tgz`;
    const args = ["--format=ustar", "-czf", tarball, "-C", source, "package"];
    await outcomeOf(new Deno.Command("tar", { args }));
    const hash = await digest("SHA-512", await Deno.readFile(tarball));
    return { spec, sha512: hash.toBase64() };
  }

  /** Sets an npm that has the packed tarballs. */
  async serve(): Promise<void> {
    await this.setNpm('cp "$spec.tgz" "$to"');
  }

  /** Runs Deno in this folder, with only the fake npm on PATH. */
  deno(args: string[], env: Record<string, string> = {}): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.folder,
      clearEnv: true,
      env: {
        PATH: `${this.folder}/bin`,
        DENO_DIR: `${this.folder}/deno`,
        NO_COLOR: "1",
        ...env,
      },
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Starts Deno and kills it when it runs npm. That npm goes on. */
  async killInNpm(args: string[]): Promise<void> {
    const fifos = ["started", "hold"].map((name) => `${this.folder}/${name}`);
    await outcomeOf(new Deno.Command("mkfifo", { args: fifos }));
    await this.setNpm(
      'echo half >"$to/half.tgz"; echo $$ >started; exec cat hold',
    );
    const deno = this.deno(args).spawn();
    const end = deno.output();
    const reader = new Deno.Command("cat", {
      args: fifos.slice(0, 1),
      stdout: "piped",
    }).spawn();
    // Deno that ends without running npm must not be waited for.
    end.then(() => reader.kill()).catch(() => {});
    const npm = new TextDecoder().decode((await reader.output()).stdout);
    if (!npm) throw new Error("Deno ended without running npm");
    this.#orphans.push(Number(npm));
    deno.kill("SIGKILL");
    await end;
  }

  /** The paths of all files in one of its folders, sorted. */
  async tree(folder: string): Promise<string[]> {
    const paths: string[] = [];
    for await (const entry of Deno.readDir(`${this.folder}/${folder}`)) {
      const inside = entry.isDirectory
        ? await this.tree(`${folder}/${entry.name}`)
        : [""];
      paths.push(...inside.map((path) => `${entry.name}/${path}`));
    }
    return paths.map((path) => path.replace(/\/$/, "")).sort();
  }

  /** Removes the sandbox, and ends its processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#orphans) Deno.kill(pid, "SIGKILL");
    await Deno.remove(this.folder, { recursive: true });
  }
}

function beside(file: string): string {
  return new URL(file, import.meta.url).href;
}
