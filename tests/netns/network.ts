/**
 * A network of two hosts for tests: network namespaces that a veth pair joins.
 * Nothing in it reaches the machine's own network, or the other way round, so
 * that every network may have the same addresses.
 *
 * @module
 */
import {
  missing,
  type Outcome,
  quote,
  type Running,
  sh,
  start,
} from "../harness.ts";

/** The address of the host where the agent runs. */
export const nearAddress = "10.77.0.1";

/** The address of the host where the gateway runs. */
export const farAddress = "10.77.0.2";

/** What both call the interface between them. */
export const lan = "lan";

/** A host: a network namespace with files of its own in /etc. */
export interface Host {
  /** Runs `ip` with these words on it, separated by spaces; rejects if that fails. */
  ip(words: string): Promise<void>;
  /** Has a firewall deal with what comes in or goes out by a rule of nft's, such as `udp dport 53 drop`. */
  filter(hook: "input" | "output", rule: string): Promise<void>;
  /** Takes all such rules away. */
  unfilter(): Promise<void>;
  /** Sets a value below /proc/sys/net/ipv4. */
  sysctl(key: string, value: string): Promise<void>;
  /** Writes a file that stands in /etc for what is started afterwards; what runs sees when it is changed. */
  etc(file: string, text: string): Promise<void>;
  /** Runs a command to its end. */
  run(command: readonly string[]): Promise<Outcome>;
  /** Starts a command that goes on until it is signalled or the network is closed. */
  start(
    command: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Running;
}

/** Two hosts, until they go out of scope. */
export interface Network extends AsyncDisposable {
  /** Where the agent runs. */
  readonly near: Host;
  /** Where the gateway runs. */
  readonly far: Host;
  /** A folder that is there as long as the network. */
  readonly folder: string;
  /** Lays another cable between them, to interfaces of this name that are down. */
  lay(name: string): Promise<void>;
  /** Ends everything that runs there, so that nobody waits for it any longer. */
  abort(): void;
}

/** Why there can't be such networks here; `undefined` if there can. */
export async function obstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "this is not root";
  const noIp = await missing("ip");
  if (noIp !== undefined) return noIp;
  // Also has `ip` prepare /run/netns, which it can't do several times at once,
  // and clears away what is left of an earlier run that was killed.
  const { code, stderr } = await sh(`
    set -e
    ip netns add ${prefix}
    trap 'ip netns delete ${prefix}' EXIT
    ip -n ${prefix} link add ${lan} type veth
    ip netns exec ${prefix} true
    for path in /run/netns/lifesign-*-*; do
      name=\${path##*/} pid=\${path#*-} pid=\${pid%%-*}
      test -e "$path" -a ! -e /proc/$pid || continue
      ip netns delete "$name"
      rm -rf "/etc/netns/$name"
    done
  `);
  const [line] = stderr.split("\n");
  return code === 0 ? undefined : `there are no network namespaces (${line})`;
}

const prefix = `lifesign-${Deno.pid}`;

let networks = 0;

/** Makes two hosts that reach each other. */
export async function openNetwork(): Promise<Network> {
  const name = `${prefix}-${++networks}`;
  const [a, b] = [`${name}-a`, `${name}-b`] as const;
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "lifesign-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  for (const namespace of [a, b]) {
    await must(`ip netns add ${namespace}`);
    stack.defer(() => must(`ip netns delete ${namespace}`));
    stack.defer(() => must(`rm -rf ${etcOf(namespace)}`));
  }
  const processes = stack.use(new AsyncDisposableStack());
  const running: Running[] = [];
  const begin = (child: Running) => {
    running.push(child);
    return processes.use(child);
  };
  const near = createHost(a, begin);
  const far = createHost(b, begin);
  const lay = (name: string) =>
    must(
      `ip link add ${name} netns ${a} type veth peer name ${name} netns ${b}`,
    );
  await lay(lan);
  await near.ip(`address add ${nearAddress}/24 dev ${lan}`);
  await far.ip(`address add ${farAddress}/24 dev ${lan}`);
  for (const host of [near, far]) {
    await host.ip("link set lo up");
    await host.ip(`link set ${lan} up`);
  }
  const all = stack.move();
  return {
    near,
    far,
    folder,
    lay,
    abort() {
      for (const child of running) end(child);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function createHost(
  namespace: string,
  begin: (child: Running) => Running,
): Host {
  const within = `ip netns exec ${namespace}`;
  return {
    ip: (words) => must(`ip -n ${namespace} ${words}`),
    filter: (hook, rule) =>
      must(
        `${within} nft -f -`,
        `
          add table inet wall
          add chain inet wall way { type filter hook ${hook} priority 0; }
          add rule inet wall way ${rule}
        `,
      ),
    unfilter: () => must(`${within} nft delete table inet wall`),
    sysctl: (key, value) =>
      must(`${within} tee /proc/sys/net/ipv4/${key}`, value),
    async etc(file, text) {
      await Deno.mkdir(etcOf(namespace), { recursive: true });
      await Deno.writeTextFile(`${etcOf(namespace)}/${file}`, text);
    },
    run: (command) => sh(`${within} ${command.map(quote).join(" ")}`),
    start(command, env = {}) {
      // `ip` becomes the command, so that the id is the command's.
      const words = ["netns", "exec", namespace, ...command];
      return begin(start(words, { command: "ip", env }));
    },
  };
}

function etcOf(namespace: string): string {
  return `/etc/netns/${namespace}`;
}

function end(child: Running): void {
  try {
    child.signal("SIGKILL");
  } catch {
    // It has ended already.
  }
}

async function must(command: string, stdin = ""): Promise<void> {
  const { code, stderr } = await sh(command, { stdin });
  if (code !== 0) throw new Error(`"${command}" failed: ${stderr}`);
}
