import { assert } from "@std/assert";
import { assertStops, createFolder, start, startGateway } from "../harness.ts";
import { type Descriptors, descriptorsOf } from "../proc.ts";

/** So many sessions, and so many cycles of each. */
const answered = { sessions: 150, cycles: 20 };
const unanswered = { sessions: 100, cycles: 10 };

Deno.test("run has no more descriptors open after 4,000 cycles than before, with and without replies", async () => {
  await using gateway = await startGateway();
  await using deaf = await startGateway("--loss", "1");
  const section = (name: string, { sessions, cycles }: typeof answered) =>
    Array.from({ length: sessions }, (_, k) => [
      `[${name}${k}]`,
      `uid = ${k}`,
      `count = ${cycles}`,
      `gateway = ${name === "deaf" ? deaf.address : gateway.address}`,
    ]).flat();
  const conf = [
    "interval = 200ms",
    "timeout = 40ms",
    ...section("alive", answered),
    ...section("deaf", unanswered),
    // While it waits for its second cycle, all others are over.
    "[calm]",
    "uid = 1000",
    "interval = 1h",
    `gateway = ${gateway.address}`,
  ].join("\n");
  await using folder = await createFolder({ conf });
  const file = `${folder.path}/conf`;
  await using agent = start(["run", "--json", "-q", "-c", file]);
  const all = answered.sessions * answered.cycles +
    unanswered.sessions * unanswered.cycles + 1;
  let before: Descriptors | undefined;
  let most = 0;
  for (let cycle = 0; cycle < all; cycle++) {
    await agent.cycle();
    before ??= descriptorsOf(agent.pid);
    if (cycle % 100 === 0) {
      most = Math.max(most, descriptorsOf(agent.pid).udp);
    }
  }
  assert(most > 100, `${most} sockets`);
  const { others } = before!;
  for (let poll = 0;; poll++) {
    const now = descriptorsOf(agent.pid);
    if (now.udp === 0 && now.others <= others) break;
    // Six times as long as sockets linger.
    assert(poll < 600, JSON.stringify({ before, now }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await assertStops(agent);
});
