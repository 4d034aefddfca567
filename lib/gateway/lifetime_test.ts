import { assertEquals } from "@std/assert";
import {
  afterRequest,
  immortal,
  type Lifetimes,
  newLife as fresh,
} from "./lifetime.ts";

Deno.test("afterRequest() remembers the first request and the last", () => {
  const first = afterRequest(fresh, immortal, 5);
  assertEquals(first, { firstAt: 5, lastAt: 5, requests: 1, dead: false });
  const second = afterRequest(first, immortal, 8);
  assertEquals(second, { firstAt: 5, lastAt: 8, requests: 2, dead: false });
});

Deno.test("afterRequest() lets sessions die as the lifetimes say, and never live again", () => {
  const rows: [
    what: string,
    lifetimes: Partial<Lifetimes>,
    times: number[],
    dead: string,
  ][] = [
    ["never", {}, [0, 1e9, 1e12], "..."],
    ["an age", { deadAfter: 100 }, [0, 50, 99, 100, 101], "...xx"],
    [
      "an age since the first request",
      { deadAfter: 100 },
      [70, 169, 170],
      "..x",
    ],
    ["no age at all", { deadAfter: 0 }, [0, 1], "xx"],
    ["a number of requests", { deadAfterRequests: 2 }, [0, 9, 9, 9], "..xx"],
    ["no requests at all", { deadAfterRequests: 0 }, [0, 1], "xx"],
    ["silence", { expire: 100 }, [0, 100, 200, 301, 302], "...xx"],
    ["no silence before the first", { expire: 100 }, [1000, 1050], ".."],
    ["any silence", { expire: 0 }, [0, 0, 1, 1], "..xx"],
    ["both, the age first", { deadAfter: 90, expire: 100 }, [0, 89, 90], "..x"],
    ["both, silence first", { deadAfter: 500, expire: 100 }, [0, 101], ".x"],
  ];
  for (const [what, lifetimes, times, dead] of rows) {
    let life = fresh;
    const seen = times.map((now) => {
      life = afterRequest(life, { ...immortal, ...lifetimes }, now);
      return life.dead ? "x" : ".";
    });
    assertEquals(seen.join(""), dead, what);
  }
});

Deno.test("afterRequest() leaves the dead dead", () => {
  const life = { ...fresh, dead: true };
  assertEquals(afterRequest(life, immortal, 1).dead, true);
});
