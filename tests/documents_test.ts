import { assert, assertEquals } from "@std/assert";
import { block } from "./documents.ts";
import {
  createFolder,
  missing,
  quote,
  sh,
  start,
  startGateway,
} from "./harness.ts";
import { createNewcomer } from "./pasting.ts";

/** The shells that people write scripts for, as far as they are there. */
async function shells(): Promise<string[][]> {
  const all = [["sh"], ["dash"], ["busybox", "ash"], ["bash"], ["zsh"]];
  const reasons = await Promise.all(all.map(([name]) => missing(name!)));
  return all.filter((_, at) => reasons[at] === undefined);
}

Deno.test("docs/install.md puts manual page and completion where they are found", async () => {
  await using newcomer = await createNewcomer();
  const { code, stderr } = await newcomer.run(
    block("docs/install.md", "explain"),
  );
  assertEquals([code, stderr], [0, ""]);
  const share = ".local/share";
  const manual = await newcomer.read(`${share}/man/man1/lifesign.1`);
  assert(manual.startsWith(".Dd "), manual);
  if (await missing("bash") !== undefined) return;
  const completed = await newcomer.run(
    ". ~/.local/share/bash-completion/completions/lifesign && complete -p lifesign",
    ["bash"],
  );
  assertEquals(completed.stdout, "complete -F _lifesign lifesign\n");
});

Deno.test("docs/targets.md asks a gateway, and examines it", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using newcomer = await createNewcomer();
  await newcomer.write("session.uid", "77\n");
  const { code, stdout, stderr } = await newcomer.run(
    block("docs/targets.md", "srun")
      .replaceAll("172.16.202.201", gateway.address),
  );
  assertEquals([code, stderr], [0, ""]);
  assert(stdout.startsWith("default: alive ("), stdout);
  assertEquals(stdout.match(/✓/g)?.length, 8, stdout);
});

Deno.test("docs/scripting.md's loop logs in again, in whichever shell, and says how run ended", async () => {
  await using gateway = await startGateway("--uid", "77");
  await gateway.type("kill 77");
  await gateway.event(({ event }) => event === "kill");
  const loop = block("docs/scripting.md", "loop")
    .replaceAll("172.16.202.201", gateway.address);
  for (const shell of await shells()) {
    await using newcomer = await createNewcomer();
    await newcomer.write("session.uid", "77\n");
    // With another UID file run ends with another status: there is none.
    const script =
      `log_in_again() { echo logged in; rm ~/session.uid; }; sleep() { :; }
${loop}echo "ended with $code"`;
    const { code, stdout } = await newcomer.run(script, shell);
    assertEquals(
      [code, stdout],
      [0, "logged in\nended with 66\n"],
      shell.join(" "),
    );
  }
});

Deno.test("docs/scripting.md starts a backup while the X server is gone", async () => {
  await using newcomer = await createNewcomer();
  const [display, server] = [`${newcomer.home}/X0`, `${newcomer.home}/server`];
  // Its server is there again after the pause.
  using _ = serveDisplay(server);
  const functions = `start_backup() { echo started; }
sleep() { echo $1; ln -s ${server} ${display}; }; stop_backup() { exit 8; }`;
  const backup = block("docs/scripting.md", "backup")
    .replaceAll("x11://:0", `x11://${display}`);
  const { code, stdout, stderr } = await newcomer.run(
    `${functions}\n${backup}`,
  );
  assertEquals(code, 8, stderr);
  const story = stdout.split("\n")
    .map((line) => line.replace(/^(.*? )?default: (\w+) .*/, "$2"));
  assertEquals(story, ["started", "dead", "5", "alive", ""]);
});

Deno.test("docs/recipes.md's simulated gateway and reflector answer", async () => {
  await using newcomer = await createNewcomer();
  // Whoever has a port at this address keeps it free at its neighbours.
  await using gateway = await startGateway();
  const port = gateway.address.split(":")[1]!;
  const simulated = await newcomer.run(
    `${block("docs/recipes.md", "simulate")}kill $!`
      .replaceAll("127.0.0.1:3335", `127.0.0.2:${port}`)
      .replaceAll("--gateway 127.0.0.1 ", `--gateway 127.0.0.2:${port} `),
  );
  const json = simulated.stdout.split("\n").find((line) =>
    line.startsWith("{")
  );
  assert(["alive", "silent"].includes(JSON.parse(json!).verdict));

  const reflected = await newcomer.run(
    `${block("docs/recipes.md", "reflect")}code=$?; kill $!; exit $code`
      .replaceAll("127.0.0.1:8620", `127.0.0.3:${port}`),
  );
  assertEquals(reflected.code, 0, reflected.stderr);
  assert(
    reflected.stdout.includes("\ndefault: alive (127.0.0.3:"),
    reflected.stdout,
  );
});

Deno.test("docs/monitoring.md makes a page of the history that its setting keeps", async () => {
  await using gateway = await startGateway("--uid", "77");
  await using newcomer = await createNewcomer();
  await newcomer.write(
    "conf",
    `gateway = ${gateway.address}\nuid = 78\n${
      block("docs/monitoring.md", "history")
    }`,
  );
  const ran = await newcomer.run("lifesign run -c ~/conf");
  assertEquals(ran.code, 10, ran.stderr);
  const { code, stderr } = await newcomer.run(
    block("docs/monitoring.md", "report"),
  );
  assertEquals([code, stderr], [0, ""]);
  const page = await newcomer.read("report.html");
  assert(page.includes("Session found dead at "), page);
});

Deno.test("docs/settings.md's example is right, and config shows it", async () => {
  await using newcomer = await createNewcomer();
  await Deno.mkdir(`${newcomer.home}/.config`);
  await newcomer.write("dorm.uid", "77\n");
  await newcomer.write(
    ".config/lifesign.conf",
    block("docs/settings.md", "example")
      .replace("/run/dorm.uid", "~/dorm.uid"),
  );
  const { code, stdout, stderr } = await newcomer.run(
    block("docs/settings.md", "show"),
  );
  assertEquals([code, stderr], [0, ""]);
  assert(
    /^gateway +172\.16\.202\.201 +.*\/lifesign\.conf:2$/m.test(stdout),
    stdout,
  );
  assert(stdout.includes("\n1 session, nothing wrong\n"), stdout);
});

Deno.test("docs/login.md's example of a portal is right", async () => {
  await using folder = await createFolder({
    conf: block("docs/login.md", "portal"),
  });
  const file = quote(`${folder.path}/conf`);
  const { code, stdout, stderr } = await sh(
    `lifesign config --check -c ${file} && lifesign config -c ${file}`,
    { env: { HOME: folder.path } },
  );
  assertEquals([code, stderr], [0, ""]);
  for (const line of [/^target +srun\+http:/m, /^login +log_in_again /m]) {
    assert(line.test(stdout), stdout);
  }
});

Deno.test("docs/login.md's hooks work, and login logs in, whichever shell it is for", async () => {
  const recipe = block("docs/login.md", "uid");
  const [, logIn] = /^login += (.*)$/m.exec(recipe)!;
  const [, onFault] = /^on_fault += (.*)$/m.exec(recipe)!;
  const told = {
    LIFESIGN_HOOK_SESSION: "dorm",
    LIFESIGN_HOOK_VERDICT: "silent",
  };
  const { stdout } = await sh(`logger() { echo "$@"; }; ${onFault}`, {
    env: told,
  });
  assertEquals(stdout, "lifesign: dorm is silent\n");
  for (const shell of ["", "dash", "busybox ash"]) {
    if (await missing((shell || "sh").split(" ")[0]!) !== undefined) continue;
    await using gateway = await startGateway("--uid", "77", "--uid", "78");
    await using newcomer = await createNewcomer();
    const { home } = newcomer;
    await newcomer.write("session.uid", "77\n");
    await newcomer.program("log_in_again", "#!/bin/sh\necho 78\n");
    await newcomer.write("log-in.sh", logIn!);
    await Deno.mkdir(`${home}/.config`);
    await newcomer.write(
      ".config/lifesign.conf",
      recipe.replace("172.16.202.201", gateway.address)
        .replace(logIn!, shell === "" ? logIn! : `${shell} ~/log-in.sh`),
    );
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
  }
});

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
