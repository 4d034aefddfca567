import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Fault, isFault, type Route, type Routing } from "../world.ts";
import { createRoutes, type RoutesOptions } from "./routes.ts";
import { createFolder } from "./test_folder.ts";

const peer = "192.0.2.1";

/** Asks with an `ip` that is this shell script; `$0.log` is a file of its own. */
async function withIp(
  script: string | null,
  use: (options: RoutesOptions, log: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await using folder = await createFolder();
  const { path } = folder;
  if (script !== null) {
    const text = `#!/bin/sh\n${script}\n`;
    await Deno.writeTextFile(`${path}/ip`, text, { mode: 0o700 });
  }
  await use({ path }, () => Deno.readTextFile(`${path}/ip.log`));
}

function lookUp(
  options: RoutesOptions,
  question: { to: string; from?: string; device?: string } = { to: peer },
): Promise<Route | Fault> {
  return new Promise((resolve) =>
    createRoutes(options).lookUp(question, resolve)
  );
}

Deno.test("lookUp() asks ip, in its own words, and nothing of the user's goes along", async () => {
  const script =
    `echo "$*" >>"$0.log"; /usr/bin/env >>"$0.log"; echo "${peer} via 10.0.0.1 dev wan src 10.0.0.2 uid 0"`;
  Deno.env.set("LIFESIGN_UID", "123456");
  try {
    await withIp(script, async (options, log) => {
      const six = "2001:db8::1";
      assertEquals(
        await lookUp(options),
        { device: "wan", source: "10.0.0.2", via: "10.0.0.1" },
      );
      await lookUp(options, { to: peer, from: "10.0.0.2" });
      await lookUp(options, { to: six, device: "wan" });
      const lines = (await log()).split("\n");
      assertEquals(lines.filter((line) => line.startsWith("-")), [
        `-4 route get ${peer}`,
        `-4 route get ${peer} from 10.0.0.2`,
        `-6 route get ${six} oif wan`,
      ]);
      assert(lines.includes("LC_ALL=C"));
      assert(!lines.some((line) => line.includes("123456")));
    });
  } finally {
    Deno.env.delete("LIFESIGN_UID");
  }
});

Deno.test("lookUp() says why there is no way", async () => {
  const rows: [script: string | null, code: string, words: string][] = [
    [
      'echo "RTNETLINK answers: Network is unreachable" >&2; exit 2',
      "ENETUNREACH",
      `no route to ${peer}`,
    ],
    [
      'echo "Cannot open netlink socket: Permission denied" >&2; exit 1',
      "ENOSYS",
      "Cannot open netlink socket",
    ],
    ["echo Usage: ip", "ENOSYS", "Usage: ip"],
    ["kill -KILL $$", "EINTR", "ended by SIGKILL"],
    [null, "ENOSYS", "there is no `ip` on this machine"],
  ];
  for (const [script, code, words] of rows) {
    await withIp(script, async (options) => {
      const fault = await lookUp(options);
      assert(isFault(fault), code);
      assertEquals(fault.code, code);
      assertStringIncludes(fault.message, words);
    });
  }
});

Deno.test("lookUp() gives an ip up that hangs, and ends it", async () => {
  await withIp(
    'echo $$ >"$0.log"; read -r line <"$0.fifo"',
    async (options, log) => {
      const made = new Deno.Command("mkfifo", {
        args: [`${options.path}/ip.fifo`],
      });
      assert((await made.output()).success);
      // So long that the script has told its number by then.
      const fault = await lookUp({ ...options, timeoutMs: 2_000 });
      assert(isFault(fault));
      assertEquals(fault.code, "ETIMEDOUT");
      const pid = Number(await log());
      for (;;) {
        const isThere = await Deno.stat(`/proc/${pid}`).catch(() => null);
        if (isThere === null) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  );
});

Deno.test("lookUp() shares an answer between the same questions at the same time", async () => {
  const script = `echo asked >>"$0.log"; echo "${peer} dev wan src 10.0.0.2"`;
  await withIp(script, async (options, log) => {
    const routes = createRoutes(options);
    const ask = (from: string) =>
      new Promise<Route | Fault>((resolve) =>
        routes.lookUp({ to: peer, from }, resolve)
      );
    const froms = Array.from({ length: 1_000 }, (_, k) => `10.0.0.${k % 2}`);
    const answers = await Promise.all(froms.map(ask));
    assertEquals(new Set(answers).size, 2);
    assertEquals(await log(), "asked\nasked\n");
    await ask("10.0.0.1");
    assertEquals(await log(), "asked\nasked\nasked\n");
  });
});

Deno.test("lookUp() runs few at a time, and all of them in the end", async () => {
  const script = `echo + >>"$0.log"; /bin/sleep 0.02; echo - >>"$0.log"
    echo "${peer} dev wan src 10.0.0.2"`;
  await withIp(script, async (options, log) => {
    const routes = createRoutes(options);
    const ask = (_: unknown, k: number) =>
      new Promise((resolve) =>
        routes.lookUp({ to: peer, from: `10.0.0.${k}` }, resolve)
      );
    await Promise.all(Array.from({ length: 12 }, ask));
    let running = 0;
    let most = 0;
    for (const sign of (await log()).trim().split("\n")) {
      running += sign === "+" ? 1 : -1;
      most = Math.max(most, running);
    }
    assertEquals(running, 0);
    assert(most <= 4, `${most}`);
  });
});

Deno.test("routing() asks for rules and for routes to the peer", async () => {
  const script = `case "$2" in
    rule) printf '0:\\tfrom all lookup local\\n32766:\\tfrom all lookup main\\n' ;;
    *) echo "$*" >"$0.log"; echo "default via 10.0.0.1 dev wan" ;;
  esac`;
  await withIp(script, async (options, log) => {
    const answer = await new Promise<Routing | Fault>((resolve) =>
      createRoutes(options).routing(peer, resolve)
    );
    assert(!isFault(answer));
    assertEquals(answer.rules.map(({ table }) => table), ["local", "main"]);
    assertEquals(answer.routes.map(({ devices }) => devices), [["wan"]]);
    assertEquals(await log(), `-4 route show table all match ${peer}\n`);
  });
});

Deno.test("onAbsence() is told once, even by who came first", async () => {
  await withIp(null, async (options) => {
    const routes = createRoutes(options);
    const ask = () =>
      new Promise((resolve) => routes.lookUp({ to: peer }, resolve));
    await ask();
    const told: string[] = [];
    routes.onAbsence(({ message }) => told.push(message));
    await ask();
    await ask();
    assertEquals(told.length, 1);
    assertStringIncludes(told[0]!, "there is no `ip`");
  });
});

Deno.test("lookUp(), routing() and sources() understand the ip programs of this machine", async () => {
  const folders = "/usr/sbin:/usr/bin:/sbin:/bin".split(":");
  const programs = folders.flatMap((folder) => [
    { path: `${folder}/ip`, args: "" },
    { path: `${folder}/busybox`, args: "ip" },
  ]);
  const peer = "127.0.0.1";
  for (const { path, args } of programs) {
    // Not every busybox has it.
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", `exec ${path} ${args} -4 rule`],
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) continue;
    await withIp(`exec ${path} ${args} "$@"`, async (options) => {
      const routes = createRoutes(options);
      const route = await lookUp(options, { to: peer, from: peer });
      assert(!isFault(route), path);
      assertEquals([route.device, route.source], ["lo", peer]);
      const routing = await new Promise<Routing | Fault>((resolve) =>
        routes.routing(peer, resolve)
      );
      assert(!isFault(routing), path);
      assert(routing.rules.some(({ table }) => table === "local"), path);
      assertEquals(
        routing.routes.filter(({ table }) => table === "local")
          .map(({ devices }) => devices).at(0),
        ["lo"],
      );
      const sources = await new Promise<readonly string[] | Fault>((resolve) =>
        routes.sources("lo", resolve)
      );
      assert(!isFault(sources) && sources.includes(peer), path);
    });
  }
});
