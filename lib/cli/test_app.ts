/**
 * The program for tests on virtual time, with all commands loaded beforehand,
 * since virtual time does not wait for that. And what most tests' gateways say.
 *
 * @module
 */
import { app } from "../app.ts";
import "../gateway/stream_gateway.ts";
import "../probe/stream/stream_probe.ts";
import "../config/file.ts";
import "../run/identity_reader.ts";
import "../run/setting_files.ts";
import "../run/text_server.ts";
import "../session/opinions.ts";
import { protocols } from "../protocol/protocols.ts";
import { deadUid, encodeReply } from "../protocol/srun.ts";
import "../run/check_memory.ts";
import type { FakeReply, FakeRequest } from "../testing/fake_network.ts";
import {
  createFakeWorld,
  type FakeWorld,
  type FakeWorldOptions,
  toEnd,
} from "../testing/fake_world.ts";
import "./commands.ts";
import "./waiting_line.ts";

export { app };

for (const { load } of protocols) await load();

/** A second in ms. */
export const second = 1_000;
/** A minute in ms. */
export const minute: number = 60 * second;
/** An hour in ms. */
export const hour: number = 60 * minute;

/** How the program ended. */
export interface Ended {
  /** The exit status. */
  readonly code: number;
  /** What it wrote to stdout. */
  readonly output: string;
  /** What it wrote to stderr. */
  readonly errors: string;
  /** The world it ran in. */
  readonly world: FakeWorld;
}

/** Runs `lifesign` to its end. */
export async function lifesign(
  args: readonly string[],
  options: FakeWorldOptions | FakeWorld = {},
): Promise<Ended> {
  const world = "clock" in options ? options : createFakeWorld(options);
  const code = await toEnd(world.clock, app(args, world));
  const { output, errors } = world.terminal;
  return { code, output, errors, world };
}

/** What `--json` says last of a session that is asked by datagrams. */
export const noStreamRecord = {
  note: null,
  warning: null,
  held: null,
  phases_ms: null,
  portal: null,
  one_way_ms: null,
} as const;

/** A reply that UID 77 is alive, after a time in ms. */
export const echo = (after = 2): FakeReply => ({
  bytes: encodeReply(77n),
  after,
});

/** A reply that the session is dead, after a time in ms. */
export const death = (after = 1): FakeReply => ({
  bytes: encodeReply(deadUid),
  after,
});

/** Replies of a session: alive, at 60 s a reply that is 6 s late, then alive, and dead from 180 s on. */
export function life({ at }: FakeRequest): FakeReply[] {
  if (at >= 180 * second) return [death()];
  if (at === minute) return [echo(6 * second)];
  return at > minute && at < 2 * minute ? [] : [echo()];
}
