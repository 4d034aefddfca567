import { assert, assertEquals } from "@std/assert";
import { type Endpoint, type Fault, isFault, refusedCode } from "../world.ts";
import { connections } from "./connections.ts";

function attempt(to: Endpoint): Promise<Endpoint | Fault> {
  return new Promise((resolve) => connections.attempt(to, resolve));
}

Deno.test("attempt() tells a port that listens from one that does not", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    const listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const accepted = listener.accept();
    const local = await attempt({ host: hostname, port });
    assert(!isFault(local));
    const peer = await accepted;
    assertEquals(local, {
      host: hostname,
      port: (peer.remoteAddr as Deno.NetAddr).port,
    });
    peer.close();
    listener.close();
    const refused = await attempt({ host: hostname, port });
    assert(isFault(refused));
    assertEquals(refused.code, refusedCode);
  }
});
