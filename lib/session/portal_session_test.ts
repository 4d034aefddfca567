import { assertEquals } from "@std/assert";
import { loadProbe } from "../probe/probes.ts";
import { srunHttp } from "../protocol/srun_http.ts";
import { createFakeNetwork } from "../testing/fake_network.ts";
import { noRoutes } from "../testing/fake_routes.ts";
import { createFakeStreams } from "../testing/fake_streams.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { createFleet } from "./fleet.ts";
import type { LogIn } from "./login_keeper.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const createProbe = await loadProbe(srunHttp);

/** Keeps a session alive at a portal that says in turn whether somebody is logged in, the last for ever; returns what it told. */
function live(
  online: readonly boolean[],
  { names = [], silent = [], logIn }: {
    /** The addresses of the portal's name; it is an address if there are none. */
    readonly names?: readonly string[];
    /** Those of them that accept no connection. */
    readonly silent?: readonly string[];
    readonly logIn?: LogIn;
  } = {},
) {
  const clock = createVirtualClock();
  const random = () => 0.5;
  let asked = 0;
  const streams = createFakeStreams({
    clock,
    serve: ({ to }) => ({
      connect: silent.includes(to.host) ? null : 1,
      onWrite(_, connection) {
        const isOnline = online[Math.min(asked++, online.length - 1)];
        const error = isOnline ? "ok" : "not_online_error";
        const body = `cb({"error":"${error}","res":"${error}"})`;
        const head =
          `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
        connection.say(new TextEncoder().encode(head + body), 1);
      },
    }),
  });
  const world = {
    clock,
    random,
    streams,
    routes: noRoutes,
    datagrams: createFakeNetwork({ clock, random, respond: () => [] }),
    interfaces: { addresses: () => [] },
    names: {
      lookUp: (
        _: string,
        callback: (answer: readonly string[]) => void,
      ) => callback(names),
    },
  };
  const told: string[] = [];
  const host = names.length > 0 ? "portal.example" : "192.0.2.1";
  const fleet = createFleet<Session>({
    world,
    logIn: () => logIn ?? (() => {}),
    onReport(_, report) {
      if (report.type === "cycle") {
        const { verdict, stream } = report.result;
        told.push(stream?.warning ? `${verdict}, warned` : verdict);
      } else if (report.type === "ended") told.push("ended");
    },
    onEnd: () => {},
  }, Object.is);
  fleet.keep([{
    ...testSession,
    protocol: srunHttp,
    createProbe,
    gateway: { host, port: 80 },
    identity: "",
    deadOn: ["not_online"],
    timeout: 3_000,
    tries: 2,
    deadAfter: 5_000,
    login: logIn ? "log-in" : null,
  }]);
  clock.runUntil(200_000);
  return { told, hosts: streams.connections.map(({ order }) => order.to.host) };
}

Deno.test("a session without an identity goes on after a login", () => {
  const logIn: LogIn = (_request, callback) => callback(0);
  assertEquals(live([true, false, false, true], { logIn }).told, [
    "alive",
    "dead",
    "alive",
    "alive",
    "alive",
  ]);
  const vain = live([true, false], { logIn }).told;
  assertEquals(vain.slice(0, 3), ["alive", "dead", "dead"]);
  assertEquals(vain.includes("ended"), false);
  assertEquals(live([true, false]).told, ["alive", "dead", "ended"]);
});

Deno.test("a portal is asked over IPv4, and over IPv6 only with a warning", () => {
  const both = live([true], { names: ["2001:db8::1", "192.0.2.7"] });
  assertEquals(new Set(both.hosts), new Set(["192.0.2.7"]));
  assertEquals(new Set(both.told), new Set(["alive"]));
  const six = live([true], { names: ["2001:db8::1"] });
  assertEquals(new Set(six.hosts), new Set(["2001:db8::1"]));
  assertEquals(new Set(six.told), new Set(["alive, warned"]));
});

Deno.test("a name's many addresses all have their turn, also where the first ones are silent", () => {
  const names = [1, 2, 3, 4, 5].map((at) => `192.0.2.${at}`);
  const { told, hosts } = live([true], { names, silent: names.slice(0, 4) });
  assertEquals([...new Set(hosts)], names);
  assertEquals(told.slice(0, 4), ["silent", "silent", "alive", "alive"]);
});
