import { assert, assertEquals } from "@std/assert";
import { type ExitCodeRow, exitCodes } from "../lib/exit_code.ts";
import { denoVersion } from "../scripts/supply/denort.ts";
import { createFolder, quote, sh, start, startGateway } from "./harness.ts";

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);
const readme = Deno.readTextFileSync(`${root}/README.md`);

Deno.test("README.md has the table of exit codes", () => {
  const rows = readme.matchAll(
    /^\| (\d+) *\| *(.*?) *\| *(.*?) *\| *(.*?) *\|$/gm,
  )
    .map(([, code, name, means, from]) => [code, name, means, from]).toArray();
  const table: readonly ExitCodeRow[] = exitCodes;
  assertEquals(
    rows,
    table.map((
      { code, name = "", means, from },
    ) => [`${code}`, name, means, from]),
  );
});

Deno.test("README.md names the version of Deno that the runtime is pinned to", () => {
  const versions = readme.matchAll(/deno@([\d.]+)/g).map(([, it]) => it);
  assertEquals([...new Set(versions)], [denoVersion]);
});

Deno.test("README.md's commands work when they are pasted", async () => {
  const blocks = readme.matchAll(/^```sh\n(.*?)^```$/gms).map(([, it]) => it!)
    .toArray();
  assertEquals(blocks.length, 13);
  await using gateway = await startGateway("--uid", "77");
  const home = await Deno.makeTempDir();
  // In no folder whose name a shell would cut.
  const sockets = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    await prepare(home);
    const run = (block: string) =>
      sh(block.replaceAll("172.16.202.201", gateway.address), {
        env: {
          HOME: home,
          PATH: `${home}/bin:${home}/.local/bin:/usr/bin:/bin`,
        },
        asPasted: true,
      });
    const [tryIt, install, explain, ...uses] = blocks;
    const [check, doctor, loop, backup, simulate, reflect, ...recipes] = uses;
    const [report, configure, cron, systemd] = recipes;

    const tried = await run(tryIt!);
    assert(tried.stdout.includes("lifesign ends with status 10"), tried.stderr);
    assert(tried.stdout.includes("task test"), tried.stdout);

    assertEquals((await run(install!)).code, 0);
    assert((await Deno.stat(`${home}/.local/bin/lifesign`)).size > 1e6);

    assertEquals((await run(explain!)).code, 0);
    const share = `${home}/.local/share`;
    const manual = await Deno.readTextFile(`${share}/man/man1/lifesign.1`);
    assert(manual.startsWith(".Dd "), manual);
    const completed = await sh(
      `bash -c '. ~/.local/share/bash-completion/completions/lifesign && complete -p lifesign'`,
      { env: { HOME: home } },
    );
    assertEquals(completed.stdout, "complete -F _lifesign lifesign\n");

    const checked = await run(check!);
    assertEquals(checked.code, 0, checked.stderr);
    assert(checked.stdout.startsWith("default: alive"));

    const explained = await run(doctor!);
    assertEquals(explained.code, 0, explained.stderr);
    assertEquals(explained.stdout.match(/✓/g)?.length, 8, explained.stdout);

    // The pause after the first time ends the loop here.
    await gateway.type("kill 77");
    await gateway.event(({ event }) => event === "kill");
    const script =
      `log_in_again() { echo logged in; }; sleep() { exit 7; }\n${loop}`;
    for (const shell of ["sh", "dash", "busybox ash", "bash"]) {
      const { code } = await sh(`command -v ${shell.split(" ")[0]}`);
      if (code !== 0) continue;
      const looped = await run(`${shell} -c ${quote(script)}`);
      assertEquals([looped.code, looped.stdout], [7, "logged in\n"], shell);
    }

    // Its server is there again after the pause.
    const [display, server] = [`${sockets}/X0`, `${sockets}/server`];
    using _ = serveDisplay(server);
    const functions = `start_backup() { echo started; }
sleep() { echo $1; ln -s ${server} ${display}; }; stop_backup() { exit 8; }`;
    const backedUp = await run(
      `${functions}\n${backup!.replaceAll("x11://:0", `x11://${display}`)}`,
    );
    assertEquals(backedUp.code, 8, backedUp.stderr);
    const story = backedUp.stdout.split("\n")
      .map((line) => line.replace(/^(.*? )?default: (\w+) .*/, "$2"));
    assertEquals(story, ["started", "dead", "5", "alive", ""]);

    const port = gateway.address.split(":")[1]!;
    const simulated = await run(
      `${simulate}\nkill $!`.replaceAll(
        "127.0.0.1:3335",
        "127.0.0.2:" + port,
      ).replaceAll("--gateway 127.0.0.1 ", `--gateway 127.0.0.2:${port} `),
    );
    const json = simulated.stdout.split("\n").find((line) =>
      line.startsWith("{")
    );
    assert(["alive", "silent"].includes(JSON.parse(json!).verdict));

    const reflected = await run(
      `${reflect}\nstatus=$?; kill $!; exit $status`
        .replaceAll("127.0.0.1:8620", `127.0.0.3:${port}`),
    );
    assertEquals(reflected.code, 0, reflected.stderr);
    assert(
      reflected.stdout.includes("\ndefault: alive (127.0.0.3:"),
      reflected.stdout,
    );

    const reported = await run(report!);
    assertEquals(reported.code, 0, reported.stderr);
    const page = await Deno.readTextFile(`${home}/report.html`);
    assert(page.includes("Session found dead at "), page);

    assertEquals((await run(configure!)).code, 0);
    assertEquals((await run(cron!)).code, 0);
    const crontab = await Deno.readTextFile(`${home}/crontab`);
    assert(crontab.startsWith("# before\n"), crontab);
    // To paste it twice changes nothing.
    assertEquals((await run(cron!)).code, 0);
    assertEquals(await Deno.readTextFile(`${home}/crontab`), crontab);
    const [, command] = /^\*\/5 \* \* \* \* ([^%]*)$/m.exec(crontab)!;
    const told = await run(command!);
    assert(
      /^default: dead \(.*\)\nPut what logs in again/.test(told.stdout),
      told.stdout,
    );

    const { code, stdout } = await run(systemd!);
    assertEquals(code, 0);
    assert(stdout.endsWith("\nsystemctl enable --now lifesign\n"), stdout);
    const unit = await Deno.readTextFile(`${home}/lifesign.service`);
    const start = `ExecStart=${home}/.local/bin/lifesign run -c `;
    assert(
      // A path with a space is quoted.
      unit.replaceAll('"', "").includes(
        `\n${start}${home}/.config/lifesign.conf\n`,
      ),
      unit,
    );
  } finally {
    await Deno.remove(home, { recursive: true });
    await Deno.remove(sockets, { recursive: true });
  }
});

Deno.test("README.md's example of a configuration is right", async () => {
  const [, text] = /^```ini\n(# what all .*?)^```$/ms.exec(readme)!;
  const folder = await Deno.makeTempDir();
  try {
    const mode = { mode: 0o600 };
    const uid = `${folder}/dorm.uid`;
    await Deno.writeTextFile(uid, "77\n", mode);
    const config = text!.replace("/run/dorm.uid", uid);
    await Deno.writeTextFile(`${folder}/lifesign.conf`, config, mode);
    const file = quote(`${folder}/lifesign.conf`);
    const { code, stdout, stderr } = await sh(
      `lifesign config --check -c ${file} && lifesign config -c ${file}`,
    );
    assertEquals([code, stderr], [0, ""]);
    assert(stdout.startsWith("1 session, nothing wrong\n[dorm]\n"), stdout);
    assert(/^gateway +172\.16\.202\.201 +.*\/lifesign\.conf:2$/m.test(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("README.md's example of a portal is right", async () => {
  const [, text] = /^```ini\n(target .*?)^```$/ms.exec(readme)!;
  await using folder = await createFolder({ conf: text! });
  const file = quote(`${folder.path}/conf`);
  const { code, stdout, stderr } = await sh(
    `lifesign config --check -c ${file} && lifesign config -c ${file}`,
  );
  assertEquals([code, stderr], [0, ""]);
  for (const line of [/^target +srun\+http:/m, /^login +log_in_again /m]) {
    assert(line.test(stdout), stdout);
  }
});

Deno.test("README.md's hooks work, and login logs in, whichever shell it is for", async () => {
  const [, recipe] = /^```ini\n(gateway .*?)^```$/ms.exec(readme)!;
  const [, logIn] = /^login += (.*)$/m.exec(recipe!)!;
  const [, onFault] = /^on_fault += (.*)$/m.exec(recipe!)!;
  const told = {
    LIFESIGN_HOOK_SESSION: "dorm",
    LIFESIGN_HOOK_VERDICT: "silent",
  };
  const { stdout } = await sh(`logger() { echo "$@"; }; ${onFault}`, {
    env: told,
  });
  assertEquals(stdout, "lifesign: dorm is silent\n");
  for (const shell of ["", "dash", "busybox ash"]) {
    const { code } = await sh(`command -v ${(shell || "sh").split(" ")[0]}`);
    if (code !== 0) continue;
    await using gateway = await startGateway("--uid", "77", "--uid", "78");
    const home = await Deno.makeTempDir();
    try {
      await prepare(home);
      const executable = { mode: 0o755 };
      await Deno.writeTextFile(
        `${home}/bin/log_in_again`,
        "#!/bin/sh\necho 78\n",
        executable,
      );
      await Deno.writeTextFile(`${home}/log-in.sh`, logIn!);
      await Deno.mkdir(`${home}/.config`);
      const config = recipe!.replace("172.16.202.201", gateway.address)
        .replace(logIn!, shell === "" ? logIn! : `${shell} ~/log-in.sh`);
      await Deno.writeTextFile(`${home}/.config/lifesign.conf`, config, {
        mode: 0o600,
      });
      const quick = ["-i", "1s", "-t", "200ms"];
      await using agent = start(["run", "--json", ...quick], {
        env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin` },
      });
      await agent.event(({ verdict }) => verdict === "alive");
      await gateway.type("kill 77");
      const { to } = await agent.event(({ event, from }) =>
        event === "transition" && from === "dead"
      );
      assertEquals(to, "alive", shell);
      agent.signal("SIGTERM");
      const { code, stderr } = await agent.outcome;
      assertEquals([code, stderr.includes("warn")], [0, false], stderr);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  }
});

Deno.test("README.md's case tells the classes of exit codes apart, and --sh names them", async () => {
  const [, cases] = /^`(case \$\? in .*? esac)`/ms.exec(readme)!;
  const { stdout, stderr } = await sh(`
    eval "$(lifesign exit-codes --sh)"
    log_in_again() { printf 'log in, '; }
    mail_me() { printf 'mail, '; }
    crashed() { printf 'crashed, '; }
    for code in $LIFESIGN_EXIT_OK $LIFESIGN_EXIT_DEAD $LIFESIGN_EXIT_GARBLED \
      $LIFESIGN_EXIT_NOINPUT $LIFESIGN_EXIT_CONFIG 1 130
    do (exit $code); ${cases}; printf "$code; "; done
  `);
  assertEquals(stderr, "");
  assertEquals(
    stdout,
    "0; log in, 10; 23; mail, 66; mail, 78; crashed, 1; crashed, 130; ",
  );
});

/** Puts an `npx` there that knows the tasks, and a UID. */
async function prepare(home: string): Promise<void> {
  await Deno.mkdir(`${home}/bin`);
  await Deno.writeTextFile(`${home}/session.uid`, "77\n", { mode: 0o600 });
  // The tests and what they compile are what is running just now.
  const npx = `#!/bin/sh
[ "$1 $2 $3" = "-y deno@${denoVersion} task" ] || exit 99
case $4 in
demo) exec ${quote(Deno.execPath())} task demo ;;
compile | test) echo "task $4" ;;
*) exit 98 ;;
esac
`;
  // A crontab of its own, and root's rights over one file.
  const crontab = `#!/bin/sh
case $1 in
-l) cat ~/crontab 2>/dev/null || echo '# before' ;;
-) cat >~/crontab.new && mv ~/crontab.new ~/crontab ;;
esac
`;
  const sudo = `#!/bin/sh
case "$*" in
"tee /etc/systemd/system/lifesign.service") exec tee ~/lifesign.service ;;
"systemctl "*) echo "$*" ;;
*) exit 97 ;;
esac
`;
  for (const [name, text] of Object.entries({ npx, crontab, sudo })) {
    await Deno.writeTextFile(`${home}/bin/${name}`, text, { mode: 0o755 });
  }
}

/** Serves a display as an X server does, on a unix socket. */
function serveDisplay(path: string): Disposable {
  const listener = Deno.listen({ transport: "unix", path });
  const success = Uint8Array.of(1, 0, 11, 0, 0, 0, 0, 0);
  const reply = new Uint8Array(32).fill(1, 0, 1).fill(1, 2, 3);
  (async () => {
    for await (const connection of listener) {
      using open = connection;
      for (const answer of [success, reply]) {
        await open.read(new Uint8Array(64));
        await open.write(answer);
      }
      await open.read(new Uint8Array(64));
    }
  })();
  return { [Symbol.dispose]: () => listener.close() };
}
