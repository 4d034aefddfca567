/**
 * lifesign: keeps a login session alive by UDP heartbeats, and tells by its
 * exit status whether the session died or only the network did.
 *
 * @module
 */
import { app, heldSignals, variables } from "./lib/app.ts";
import { createHost } from "./lib/host/host.ts";

const host = createHost({ held: heldSignals(Deno.args), variables });
const code = await host.codeOf(app(Deno.args, host.world));
await host.end(code);
Deno.exit(code);
