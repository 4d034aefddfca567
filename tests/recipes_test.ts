import { assert, assertEquals } from "@std/assert";
import { block, blocksIn, readDocument, section } from "./documents.ts";
import { missing, quote, run, sh, startGateway, unless } from "./harness.ts";
import { createNewcomer } from "./pasting.ts";

const path = "docs/recipes.md";

const withCurl = unless(await missing("curl"));

/** The block of settings below a heading. */
function settings(heading: string): string {
  const [found] = blocksIn(section(path, heading))
    .filter(({ language }) => language === "ini");
  assert(found !== undefined, heading);
  return found.text;
}

/** The value of a key in a block. */
function valueOf(block: string, key: string): string {
  const [, value] = new RegExp(`^${key} *= (.*)$`, "m").exec(block) ?? [];
  assert(value !== undefined, key);
  return value;
}

/** What somebody has asked an endpoint for. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** An endpoint that answers as it is told, and a folder for files and programs. */
async function play(answer: (path: string) => string = () => "ok") {
  // Recipes have no words to quote.
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  const seen: Seen[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const path = pathname + search;
      seen.push({ method: request.method, path, body: await request.text() });
      return new Response(answer(pathname));
    },
  );
  const { port } = server.addr;
  return {
    folder,
    seen,
    /** A text with the endpoint in place of each host, and the folder in place of those that root has. */
    here: (text: string) =>
      text.replaceAll(/https?:\/\/[\w.:]+/g, `http://127.0.0.1:${port}`)
        .replaceAll(/\/(etc|run)\/(?=(lifesign|new)\.)/g, `${folder}/`),
    write: (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 }),
    read: (name: string) =>
      Deno.readTextFile(`${folder}/${name}`).catch(() => ""),
    /** Puts programs there that write down how they were called. */
    async programs(...names: readonly string[]) {
      for (const name of names) {
        await Deno.writeTextFile(
          `${folder}/${name}`,
          `#!/bin/sh\n{ echo ${name} "$@"; [ -t 0 ] || cat; } >>${
            quote(folder)
          }/called\n`,
          { mode: 0o755 },
        );
      }
    },
    /** Runs a command as a hook. */
    async hook(command: string, verdict = "dead") {
      const outcome = await sh(`PATH=${quote(folder)}:$PATH; ${command}`, {
        env: {
          LIFESIGN_HOOK_SESSION: "dorm",
          LIFESIGN_HOOK_VERDICT: verdict,
          LIFESIGN_HOOK_PREVIOUS: "alive",
          LIFESIGN_HOOK_SINCE: "2026-11-21T05:30:00.000Z",
        },
      });
      assertEquals([outcome.code, outcome.stderr], [0, ""], command);
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("docs/recipes.md's settings are right", async () => {
  await using place = await play();
  const all = blocksIn(readDocument(path))
    .filter(({ language }) => language === "ini");
  assert(all.length > 9);
  for (const { text } of all) {
    const own = /^(target|gateway)/m.test(text)
      ? ""
      : "gateway = 127.0.0.1\nuid = 77\n";
    await place.write("conf", own + place.here(text));
    const { code, stderr } = await run(
      ["config", "--check", "-c", `${place.folder}/conf`],
    );
    assertEquals([code, stderr], [0, ""], text);
  }
});

withCurl.test("docs/recipes.md tells ntfy, Telegram, Home Assistant and Uptime Kuma", async () => {
  await using place = await play();
  await place.write(
    "lifesign.telegram",
    place.here('url = "https://api.telegram.org/botTOKEN/sendMessage"\n'),
  );
  const ntfy = settings("ntfy");
  const telegram = settings("Telegram");
  const home = settings("Home Assistant");
  const kuma = settings('Uptime Kuma, with a monitor of the type "Push"');
  const rows: [block: string, key: string, verdict: string, seen: Seen][] = [
    [ntfy, "on_dead", "dead", {
      method: "POST",
      path: "/my-secret-topic",
      body: "dorm is dead",
    }],
    [ntfy, "on_alive", "alive", {
      method: "POST",
      path: "/my-secret-topic",
      body: "dorm is alive again",
    }],
    [telegram, "on_dead", "dead", {
      method: "POST",
      path: "/botTOKEN/sendMessage",
      body:
        "chat_id=1234&text=dorm%20is%20dead%20since%202026-11-21T05%3A30%3A00.000Z",
    }],
    [home, "on_dead", "dead", {
      method: "POST",
      path: "/api/webhook/lifesign",
      body: '{"session": "dorm", "verdict": "dead"}',
    }],
    [home, "on_alive", "alive", {
      method: "POST",
      path: "/api/webhook/lifesign",
      body: '{"session": "dorm", "verdict": "alive"}',
    }],
    [kuma, "on_cycle", "alive", {
      method: "GET",
      path: "/api/push/TOKEN?status=up&msg=alive",
      body: "",
    }],
    [kuma, "on_cycle", "silent", {
      method: "GET",
      path: "/api/push/TOKEN?status=down&msg=silent",
      body: "",
    }],
  ];
  for (const [block, key, verdict, seen] of rows) {
    await place.hook(place.here(valueOf(block, key)), verdict);
    const { body, ...rest } = place.seen.at(-1)!;
    // Versions of curl write a space as + or %20.
    assertEquals({ ...rest, body: body.replaceAll("+", "%20") }, seen);
  }
  assertEquals(place.seen.length, rows.length);
});

Deno.test("docs/recipes.md calls sendmail, mwan3 and ifup", async () => {
  await using place = await play();
  await place.programs("sendmail", "mwan3", "ifup", "logger");
  const mail = settings("Mail");
  const watchcat = settings("As watchcat does");
  const mwan3 = settings("mwan3");
  await place.hook(valueOf(mail, "on_dead"));
  await place.hook(valueOf(watchcat, "on_fault"), "silent");
  for (const key of ["on_dead", "on_fault", "on_alive"]) {
    await place.hook(valueOf(mwan3, key));
  }
  assertEquals(
    await place.read("called"),
    `sendmail root
Subject: dorm is dead

It was alive before.
logger lifesign: silent, restarts wan
ifup wan
mwan3 ifdown wan2
mwan3 ifdown wan2
mwan3 ifup wan2
`,
  );
});

/** Runs a script of the recipes; returns its exit status. */
async function logIn(
  place: Awaited<ReturnType<typeof play>>,
  script: string,
): Promise<number> {
  await place.write("login", place.here(script));
  const { code } = await sh(
    `PATH=${quote(place.folder)}:$PATH; sh ${quote(place.folder)}/login`,
  );
  return code;
}

Deno.test("docs/recipes.md logs in with an SRUN client, and knows what is hopeless", async () => {
  const script = block("docs/recipes.md", "srun-login");
  const rows: [client: string, code: number, uid: string][] = [
    ["echo welcome; echo 106056789", 0, "106056789\n"],
    ["echo 'E2553: Password is error.'; exit 1", 77, ""],
    ["echo 'no response' >&2; exit 4", 4, ""],
    ["echo welcome", 1, ""],
  ];
  for (const [client, code, uid] of rows) {
    await using place = await play();
    await Deno.writeTextFile(
      `${place.folder}/log_in_again`,
      `#!/bin/sh\n${client}\n`,
      { mode: 0o755 },
    );
    assertEquals(await logIn(place, script), code, client);
    assertEquals(await place.read("lifesign.uid"), uid, client);
  }
});

withCurl.test("docs/recipes.md logs in at Dr.COM and Ruijie portals", async () => {
  const drcom = block("docs/recipes.md", "drcom-login");
  const ruijie = block("docs/recipes.md", "ruijie-login");
  const rows: [script: string, answer: string, code: number][] = [
    [drcom, 'dr1003({"result":1,"uid":"me"})', 0],
    [drcom, 'dr1003({"result":0,"msga":"userid error1"})', 77],
    [drcom, 'dr1003({"result":0,"msga":""})', 1],
    [ruijie, '{"result":"success"}', 0],
    [ruijie, '{"result":"fail","message":"no"}', 1],
  ];
  for (const [script, answer, code] of rows) {
    const page =
      "<script>top.self.location.href='http://10.2.2.2/eportal/index.jsp?wlanuserip=1&mac=2'</script>";
    await using place = await play((path) => path === "/" ? page : answer);
    await place.write("lifesign.user", "me & you");
    await place.write("lifesign.password", "a=b%");
    assertEquals(await logIn(place, script), code, answer);
    const { path: asked, body } = place.seen.at(-1)!;
    const sent = new URLSearchParams(asked.split("?")[1] + "&" + body);
    const user = sent.get("DDDDD") ?? sent.get("userId");
    const password = sent.get("upass") ?? sent.get("password");
    assertEquals([user, password], ["me & you", "a=b%"]);
    if (script === ruijie) {
      assertEquals(sent.get("queryString"), "wlanuserip=1&mac=2");
    }
  }
});

Deno.test("docs/recipes.md's commands for monitors work", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using place = await play();
  await place.write("session.uid", "77\n");
  const nagios = block("docs/recipes.md", "nagios");
  const asked = await sh(nagios.replace("172.16.202.201", gateway.address), {
    env: { HOME: place.folder },
  });
  assertEquals(asked.code, 0, asked.stdout);
  assert(/^LIFESIGN OK - default: alive \(.*\) \| '/.test(asked.stdout));
  const printed = block("docs/recipes.md", "prometheus");
  const { code } = await sh(`cd ${quote(place.folder)} && ${printed}`);
  assertEquals(code, 0);
  assert((await place.read("lifesign.rules.yml")).startsWith("groups:"));
  JSON.parse(await place.read("lifesign.dashboard.json"));
  const [, command] = /with path "\/usr\/local\/bin\/(.*)"/.exec(
    section(path, "monit"),
  )!;
  const status = await sh(
    command!.replace("/run/lifesign/status.json", `${place.folder}/none`),
  );
  assertEquals(status.code, 30);
});

Deno.test("docs/recipes.md reads the UID that another program sends", async () => {
  await using newcomer = await createNewcomer();
  const uid = 106056789n;
  // A capture of Ethernet, with the padding of a short frame that was received.
  const capture = new Uint8Array(24 + 16 + 60);
  const view = new DataView(capture.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint32(20, 1, true);
  view.setUint32(32, 60, true);
  view.setBigInt64(24 + 16 + 14 + 20 + 8, uid, true);
  await Deno.writeFile(`${newcomer.home}/capture`, capture);
  await newcomer.program(
    "tcpdump",
    `#!/bin/sh
[ "$*" = "-i eth0 -c 1 -w - udp dst port 3335" ] && cat ~/capture
`,
  );
  const { code, stdout } = await newcomer.run(
    block("docs/recipes.md", "see-uid"),
  );
  assertEquals([code, stdout.trim()], [0, `${uid}`]);
});
