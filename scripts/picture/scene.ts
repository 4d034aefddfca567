/**
 * What the picture shows: an evening of a login session on a network that loses
 * packets, played by the whole program in virtual time.
 *
 * @module
 */
import { app, minute, second } from "../../lib/cli/test_app.ts";
import { deadUid, encodeReply } from "../../lib/protocol/srun.ts";
import { seededRandom } from "../../lib/random.ts";
import type { FakeReply, FakeRequest } from "../../lib/testing/fake_network.ts";
import { createFakeWorld, elapse } from "../../lib/testing/fake_world.ts";

/** The size of the screen. */
export const size = { columns: 79, rows: 15 } as const;

const settings = "/home/me/.config/lifesign.conf";
const uidFile = "/home/me/session.uid";

const conf = `lock_file = /home/me/session.lock
[dorm]
gateway   = 172.16.202.201
uid_file  = ${uidFile}
login     = log_in_again >${uidFile}
`;

/** The UIDs before and after the login. */
const uids = [106056789n, 106057031n] as const;

/** When the network is down, and when the gateway forgets the first UID. */
const outage = { from: 23.5 * minute, to: 26.5 * minute };
const death = 41.2 * minute;

/** When somebody takes the picture. */
const end = 55 * minute + 18 * second;

/** The share of packets lost each way. */
const loss = 0.08;

/** Plays the evening. Resolves to the lines of the screen, with their colours. */
export async function playScene(): Promise<readonly string[]> {
  const random = seededRandom(6);
  const respond = ({ at }: FakeRequest): FakeReply[] => {
    const isLost = random() < loss || random() < loss;
    const after = 1.6 + 9 * random() ** 3;
    if (at >= outage.from && at < outage.to || isLost) return [];
    const isKnown = at < death || hasLoggedIn;
    const uid = isKnown ? uids[hasLoggedIn ? 1 : 0] : deadUid;
    return [{ bytes: encodeReply(uid), after }];
  };
  let hasLoggedIn = false;
  const files: Record<string, { text: string }> = {
    [settings]: { text: conf },
    [uidFile]: { text: `${uids[0]}\n` },
  };
  const logIn = () => {
    files[uidFile] = { text: `${uids[1]}\n` };
    hasLoggedIn = true;
  };
  const world = createFakeWorld({
    wallTime: Date.UTC(2026, 10, 21, 20, 10),
    environment: { HOME: "/home/me" },
    screen: size,
    files,
    respond,
    commands: () => ({ after: 900, effect: logIn }),
  });
  Object.assign(world.terminal, { hasColours: true });
  const ended = app(["watch"], world);
  await elapse(world.clock, end);
  const lines = world.terminal.screen;
  if (lines === null) throw new Error(world.terminal.errors);
  world.terminal.press("q");
  await ended;
  return lines;
}
