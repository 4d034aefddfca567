import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Fault, isFault } from "../world.ts";
import { createNames } from "./names.ts";
import { runScript } from "./test_process.ts";

type Answer = readonly string[] | Fault;

/** Looks names up, all at the same time. */
function lookUp(...names: string[]): Promise<Answer[]> {
  const resolver = createNames();
  return Promise.all(
    names.map((name) =>
      new Promise<Answer>((resolve) => resolver.lookUp(name, resolve))
    ),
  );
}

Deno.test("lookUp() finds the addresses of localhost", async () => {
  const [addresses] = await lookUp("localhost");
  assert(Array.isArray(addresses) && addresses.length > 0);
  for (const address of addresses) assert(/^(127\.|::1$)/.test(address));
});

Deno.test("lookUp() returns addresses as they are", async () => {
  const hosts = ["127.0.0.1", "192.0.2.1", "::1", "2001:db8::1"];
  assertEquals(await lookUp(...hosts), hosts.map((host) => [host]));
});

Deno.test("lookUp() says why there is no address", async () => {
  for (const name of ["lifesign.invalid", "a..b", "a".repeat(300)]) {
    const [fault] = await lookUp(name);
    assert(isFault(fault!));
    assert(["ENOTFOUND", "EAI_AGAIN"].includes(fault.code), fault.code);
    assertStringIncludes(fault.message, `cannot look up ${name}: `);
    assert(!fault.message.includes("\n"));
  }
});

Deno.test("lookUp() shares an answer between look-ups of one name at the same time", async () => {
  const names = ["localhost", "127.0.0.1", "localhost", "127.0.0.1"];
  const [name, address, sameName, sameAddress] = await lookUp(...names);
  assert(name === sameName);
  assert(address === sameAddress);
  assert(name !== address);
});

Deno.test("lookUp() looks up anew once there is an answer, and calls back once and never at once", async () => {
  const resolver = createNames();
  const answers: Answer[] = [];
  await new Promise<void>((resolve) => {
    resolver.lookUp("localhost", (answer) => {
      answers.push(answer);
      resolver.lookUp("localhost", (answer) => {
        answers.push(answer);
        resolve();
      });
    });
    assertEquals(answers, []);
  });
  await lookUp("127.0.0.1");
  assertEquals(answers.length, 2);
  assertEquals(answers[0], answers[1]);
  assert(answers[0] !== answers[1]);
});

Deno.test("lookUp() says so when there is no descriptor for asking the resolver", async () => {
  const { stdout } = await runScript(
    `
    import { createNames } from "./names.ts";
    const names = createNames();
    const look = () => new Promise((resolve) => names.lookUp("lifesign.invalid", resolve));
    const before = await look();
    const held = [];
    try {
      for (;;) held.push(Deno.openSync("/"));
    } catch {}
    const during = await look();
    for (const file of held) file.close();
    console.log(before.code, during.code, during.message);
    `,
    { shell: 'ulimit -n 100; exec "$@"' },
  );
  assertEquals(
    stdout.replace("EAI_AGAIN", "ENOTFOUND"),
    "ENOTFOUND EMFILE this process has too many open files: raise `ulimit -n`\n",
  );
});
