import { assertEquals } from "@std/assert";
import { cpuPerHeartbeat, memoryPerSession, memoryPerSocket } from "./costs.ts";

Deno.test("cpuPerHeartbeat() is what each of them took", () => {
  const before = { cpu: 40, heartbeats: 10 };
  const after = { cpu: 42, heartbeats: 20 };
  assertEquals(cpuPerHeartbeat(before, after), 200);
  assertEquals(cpuPerHeartbeat(before, { ...before, cpu: 41 }), NaN);
});

Deno.test("memoryPerSocket() and memoryPerSession() tell the two apart", () => {
  // 10,000 KB, 3 KB a session, 5 KB a socket, 20 other files.
  const held = (sessions: number, sockets: number) => ({
    anonymous: 10_000 + 3 * sessions + 5 * sockets,
    descriptors: 20 + sockets,
  });
  const few = [held(1_000, 160), held(1_000, 170)];
  const many = [held(1_000, 1_700), held(1_000, 1_600)];
  const perSocket = memoryPerSocket(few, many);
  assertEquals(perSocket, 5);
  const one = [held(1, 0), held(1, 1)];
  assertEquals(
    memoryPerSession({ one, many: few, sessions: 1_000 }, perSocket),
    [3, 3],
  );
});
