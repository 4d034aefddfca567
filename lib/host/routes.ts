/**
 * The kernel's routes, as `ip` tells them: nothing else here could ask it.
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
import { codeOf, messageOf, networkFault } from "./os_error.ts";

/** Where `ip` may be: cron, for one, does not look into all of them. */
const usualPath =
  "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin";

/** How long `ip` may take, in ms. */
const usualTimeoutMs = 3_000;

/** So many of them run at a time. */
const mostChildren = 4;

/** Where to look for `ip`, and how long to wait for it. */
export interface RoutesOptions {
  /** Folders, colons between them; the usual ones if absent. */
  readonly path?: string;
  /** In ms; some seconds if absent. */
  readonly timeoutMs?: number;
}

/** Makes what asks for routes. */
export function createRoutes(options: RoutesOptions = {}): Routes {
  const underWay = new Map<string, ((answer: never) => void)[]>();
  const run = createRunner(options);
  let absent: Fault | null = null;
  let tell: ((fault: Fault) => void) | null = null;

  function note(fault: Fault): Fault {
    if (fault.code !== absentCode || absent !== null) return fault;
    absent = fault;
    tell?.(fault);
    return fault;
  }

  /** Asks once for all who want to know the same. */
  function share<Answer>(
    key: string,
    ask: () => Promise<Answer | Fault>,
    callback: (answer: Answer | Fault) => void,
  ): void {
    const callbacks = underWay.get(key) as (typeof callback)[] | undefined;
    if (callbacks !== undefined) {
      callbacks.push(callback);
      return;
    }
    const all = [callback];
    underWay.set(key, all);
    ask().then((answer) => {
      underWay.delete(key);
      if (isFault(answer as object)) note(answer as Fault);
      for (const callback of all) callback(answer);
    });
  }

  async function lookUp(
    { to, from, device }: RouteQuestion,
  ): Promise<Route | Fault> {
    const output = await run([
      familyFlag(to),
      "route",
      "get",
      to,
      ...from === undefined ? [] : ["from", from],
      ...device === undefined ? [] : ["oif", device],
    ], to);
    if (isFault(output)) return output;
    return parseRoute(output.text) ?? strange(output.text);
  }

  async function routing(to: string): Promise<Routing | Fault> {
    const family = familyFlag(to);
    const [rules, routes] = await Promise.all([
      run([family, "rule"], to),
      run([family, "route", "show", "table", "all", "match", to], to),
    ]);
    if (isFault(rules)) return rules;
    if (isFault(routes)) return routes;
    const longest = family === "-6" ? 128 : 32;
    return {
      rules: parseRules(rules.text),
      routes: parseRoutes(routes.text, longest),
    };
  }

  async function sources(device: string): Promise<readonly string[] | Fault> {
    const output = await run(["-o", "address", "show", "dev", device], device);
    return isFault(output) ? output : parseSources(output.text);
  }

  return {
    lookUp(question, callback) {
      const { to, from = "", device = "" } = question;
      share(`${to} ${from} ${device}`, () => lookUp(question), callback);
    },
    routing: (to, callback) => share(to, () => routing(to), callback),
    sources: (device, callback) =>
      share(`dev ${device}`, () => sources(device), callback),
    onAbsence(callback) {
      tell = callback;
      if (absent !== null) callback(absent);
    },
  };
}

function familyFlag(host: string): "-4" | "-6" {
  return host.includes(":") ? "-6" : "-4";
}

type Runner = (
  args: readonly string[],
  what: string,
) => Promise<{ readonly text: string } | Fault>;

/** Makes what runs `ip`, not too often at the same time, and returns what it prints. `what` is what is asked about. */
function createRunner(
  { path = usualPath, timeoutMs: limit = usualTimeoutMs }: RoutesOptions,
): Runner {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function run(
    args: readonly string[],
    what: string,
  ): Promise<{ readonly text: string } | Fault> {
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
    const timer = Promise.withResolvers<null>();
    const id = setTimeout(() => timer.resolve(null), limit);
    const output = await Promise.race([child.output(), timer.promise]);
    clearTimeout(id);
    if (output === null) {
      end(child);
      return {
        code: "ETIMEDOUT",
        message: `\`ip\` did not tell the route to ${what} within ${
          limit / 1000
        } s`,
      };
    }
    const decoder = new TextDecoder();
    if (output.signal !== null) {
      // Whoever ended it, as the kernel does where memory is short, it could have told.
      return {
        code: "EINTR",
        message:
          `\`ip\` was ended by ${output.signal} before it told the route to ${what}`,
      };
    }
    if (output.success) return { text: decoder.decode(output.stdout) };
    const errors = decoder.decode(output.stderr);
    const code = parseRefusal(errors);
    if (code === null) return strange(errors);
    const error = Object.assign(new Error(errors.trim()), { code });
    return networkFault(error, what);
  }

  return async (args, what) => {
    if (running >= mostChildren) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running++;
    try {
      return await run(args, what);
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
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
