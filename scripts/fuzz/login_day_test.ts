import { assert } from "@std/assert";
import { checkDay } from "./login_day.ts";
import { most, trySeeds } from "./seeds.ts";

Deno.test("a day with a site that kicks, logins that fail and a reboot ends alive, without a storm of logins", () => {
  const count = most(1_000, 100);
  let logins = 0;
  trySeeds((seed) => logins += checkDay(seed), { first: 1, count });
  // The pause is half an hour at most, so a day has many.
  assert(logins / count > 30, `${logins} logins in all`);
});
