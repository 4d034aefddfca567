/**
 * A model of simple clients that ask once.
 *
 * @module
 */
import { encodeRequest, srunHeartbeat } from "../../../lib/protocol/srun.ts";
import { isFault } from "../../../lib/world.ts";
import { gateway, type PolicyWorld, uid } from "./policy.ts";

const interval = 60_000;
const wait = 500;
const heartbeat = srunHeartbeat(uid);
const { longestReply } = heartbeat;
const request = encodeRequest(uid);

/** Sends a datagram every 60 s from a fresh socket, and waits 0.5 s for an answer. A death reply ends it. */
export function singleShot(
  { clock, datagrams, onCycle, onDead }: PolicyWorld,
): void {
  function beat(at: number): void {
    const next = at + interval;
    const cancelNext = clock.setTimer(next, () => beat(next));
    const socket = datagrams.bind({
      host: "0.0.0.0",
      port: 0,
      longest: longestReply,
      onDatagram(bytes) {
        cancelWait();
        const judgement = heartbeat.judge(bytes, [request]);
        const isDead = "reply" in judgement && judgement.reply === "dead";
        end(!isDead);
        if (!isDead) return;
        cancelNext();
        onDead();
      },
    });
    if (isFault(socket)) return onCycle(false);
    const cancelWait = clock.setTimer(at + wait, () => end(false));
    socket.send(request, gateway, () => {});

    function end(alive: boolean): void {
      if (!isFault(socket)) socket.close();
      onCycle(alive);
    }
  }
  beat(clock.now());
}
