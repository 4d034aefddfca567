/**
 * The kernel's routes, as `ip` prints them: Deno has no way to ask the kernel.
 *
 * @module
 */
import {
  absentCode,
  type Fault,
  isFault,
  type Route,
  type RouteQuestion,
  type Routes,
  type Routing,
} from "../world.ts";
import {
  parseRefusal,
  parseRoute,
  parseRoutes,
  parseRules,
  parseSources,
} from "./ip_output.ts";
import { endChild } from "./end_child.ts";
import { codeOf, messageOf, networkFault } from "./os_error.ts";

/** Where `ip` may be; the PATH of cron lacks some of these. */
const usualPath =
  "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin";

/** How long `ip` may take, in ms. */
const usualTimeoutMs = 3_000;

/** How many of them run at a time. */
const maxChildren = 4;

/** Where to look for `ip`, and how long to wait for it. */
export interface RoutesOptions {
  /** Folders with colons between them; the usual ones if absent. */
  readonly path?: string;
  /** In ms; 3 s if absent. */
  readonly timeoutMs?: number;
}

/** Makes the routes of this machine. */
export function createRoutes(options: RoutesOptions = {}): Routes {
  return new HostRoutes(options);
}

class HostRoutes implements Routes {
  /** Answers that are not there yet, by their questions. */
  private readonly underWay = new Map<string, Promise<unknown>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private absence: Fault | null = null;
  private tellAbsence: ((fault: Fault) => void) | null = null;

  constructor(private readonly options: RoutesOptions) {}

  lookUp(
    { to, from, device }: RouteQuestion,
    callback: (answer: Route | Fault) => void,
  ): void {
    const args = [familyFlag(to), "route", "get", to];
    if (from !== undefined) args.push("from", from);
    if (device !== undefined) args.push("oif", device);
    this.share(args.join(" "), async () => {
      const output = await this.run(args, to);
      return isFault(output) ? output : parseRoute(output) ?? strange(output);
    }, callback);
  }

  routing(to: string, callback: (answer: Routing | Fault) => void): void {
    const family = familyFlag(to);
    this.share(to, async () => {
      const [rules, routes] = await Promise.all([
        this.run([family, "rule"], to),
        this.run([family, "route", "show", "table", "all", "match", to], to),
      ]);
      if (isFault(rules)) return rules;
      if (isFault(routes)) return routes;
      const longest = family === "-6" ? 128 : 32;
      return { rules: parseRules(rules), routes: parseRoutes(routes, longest) };
    }, callback);
  }

  sources(
    device: string,
    callback: (answer: readonly string[] | Fault) => void,
  ): void {
    const args = ["-o", "address", "show", "dev", device];
    this.share(args.join(" "), async () => {
      const output = await this.run(args, device);
      return isFault(output) ? output : parseSources(output);
    }, callback);
  }

  onAbsence(callback: (fault: Fault) => void): void {
    this.tellAbsence = callback;
    if (this.absence !== null) callback(this.absence);
  }

  /** Asks once for everybody who has the same question at the same time. */
  private share<Answer extends object>(
    question: string,
    ask: () => Promise<Answer>,
    callback: (answer: Answer) => void,
  ): void {
    const known = this.underWay.get(question) as Promise<Answer> | undefined;
    const answer = known ?? ask().then((answer) => {
      this.underWay.delete(question);
      if (isFault(answer)) this.noteAbsence(answer);
      return answer;
    });
    this.underWay.set(question, answer);
    answer.then(callback);
  }

  private noteAbsence(fault: Fault): void {
    if (fault.code !== absentCode || this.absence !== null) return;
    this.absence = fault;
    this.tellAbsence?.(fault);
  }

  /** Runs `ip` when it is its turn, and returns what it prints. */
  private async run(
    args: readonly string[],
    subject: string,
  ): Promise<string | Fault> {
    if (this.running >= maxChildren) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
    try {
      return await runIp(args, subject, this.options);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}

function familyFlag(host: string): "-4" | "-6" {
  return host.includes(":") ? "-6" : "-4";
}

async function runIp(
  args: readonly string[],
  subject: string,
  { path = usualPath, timeoutMs = usualTimeoutMs }: RoutesOptions,
): Promise<string | Fault> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("ip", {
      args: [...args],
      // Nothing of the user's, the UID above all; and no language of theirs.
      clearEnv: true,
      env: { PATH: path, LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return unstarted(error);
  }
  const timeout = Promise.withResolvers<null>();
  const timer = setTimeout(() => timeout.resolve(null), timeoutMs);
  const output = await Promise.race([
    child.output().catch(unstarted),
    timeout.promise,
  ]);
  clearTimeout(timer);
  if (output === null) {
    endChild(child);
    return {
      code: "ETIMEDOUT",
      message: `\`ip\` did not tell the route to ${subject} within ${
        timeoutMs / 1000
      } s`,
    };
  }
  if (isFault(output)) return output;
  if (output.signal !== null) {
    // The kernel ends processes where memory is short: this says nothing of routes.
    return {
      code: "EINTR",
      message:
        `\`ip\` was ended by ${output.signal} before it told the route to ${subject}`,
    };
  }
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  const errors = decoder.decode(output.stderr);
  const code = parseRefusal(errors);
  if (code === null) return strange(errors);
  const error = Object.assign(new Error(errors.trim()), { code });
  return networkFault(error, subject);
}

function unstarted(error: unknown): Fault {
  const code = codeOf(error);
  if (code !== "ENOENT") {
    return { code, message: `cannot run \`ip\`: ${messageOf(error)}` };
  }
  return {
    code: absentCode,
    message: `there is no \`ip\` on this machine, ${consequence}`,
  };
}

function strange(output: string): Fault {
  const [line = ""] = output.trim().split("\n");
  return {
    code: absentCode,
    message: `\`ip\` says "${line}", ${consequence}`,
  };
}

const consequence =
  "so nobody can tell by which interface heartbeats leave: iproute2's can, and busybox's";
