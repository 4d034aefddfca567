/**
 * A program that asks a fake machine for a text by HTTP.
 *
 * @module
 */
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { elapse, type FakeWorld } from "../testing/fake_world.ts";

/** Asks for a path by GET, and takes 10 ms of time for that; resolves to the answer without its head, or to the code of the fault. */
export async function ask(
  world: FakeWorld,
  port: number,
  path: string,
): Promise<string> {
  let text = "";
  const stream = world.streams.open({
    to: { host: "127.0.0.1", port },
    from: null,
    tls: null,
    onConnected() {},
    onOpen: () => stream.write(latin1Bytes(`GET ${path} HTTP/1.1\r\n\r\n`)),
    onBytes: (bytes) => text += latin1(bytes),
    onEnd() {},
    onFault: (_phase, { code }) => text = code,
  });
  await elapse(world.clock, world.clock.now() + 10);
  return text.replace(/^HTTP[^]*?\r\n\r\n/, "");
}
