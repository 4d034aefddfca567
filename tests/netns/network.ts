/**
 * A test network of two hosts: network namespaces with a veth pair. It is
 * separate from the machine's network, so that all networks use the same
 * addresses.
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

/** The address of the agent's host. */
export const nearAddress = "10.77.0.1";

/** The address of the gateway's host. */
export const farAddress = "10.77.0.2";

/** The name of the interface on both hosts. */
export const lan = "lan";

/** A host: a network namespace with its own files in /etc. */
export interface Host {
  /** Runs `ip` with words separated by spaces; rejects if that fails. */
  ip(words: string): Promise<void>;
  /** Adds a rule of nft for input or output, such as `udp dport 53 drop`. */
  filter(hook: "input" | "output", rule: string): Promise<void>;
  /** Removes all rules. */
  unfilter(): Promise<void>;
  /** Sets a value below /proc/sys/net/ipv4. */
  sysctl(key: string, value: string): Promise<void>;
  /** Writes a file in /etc for commands that start later. Running ones see changes of it. */
  etc(file: string, text: string): Promise<void>;
  /** Runs a command to its end. */
  run(command: readonly string[]): Promise<Outcome>;
  /** Starts a command in the background. */
  start(
    command: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Running;
}

/** Two hosts, until they go out of scope. */
export interface Network extends AsyncDisposable {
  /** The host of the agent. */
  readonly near: Host;
  /** The host of the gateway. */
  readonly far: Host;
  /** A folder that lives as long as the network. */
  readonly folder: string;
  /** Adds another cable with interfaces of this name, which are down. */
  lay(name: string): Promise<void>;
  /** Kills all processes of the network. */
  abort(): void;
}

/** Why test networks are impossible here; `undefined` if they are possible. */
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

/** Makes a network of two hosts. */
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

/** Makes the host of a namespace that exists. `begin` gets its processes, to end them in time. */
export function createHost(
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
