/**
 * A program for a test: whether a signal is lost that comes when others have
 * filled the pipe by which signals wake the loop.
 *
 * @module
 */

/** More than there are bytes in a pipe. */
const flood = 70_000;

/** How long it waits for the last signal, in ms. */
const patienceMs = 5_000;

let heard = 0;
Deno.addSignalListener("SIGUSR1", () => heard++);
Deno.addSignalListener("SIGTERM", () => {
  // As the system does, it may take many for one.
  console.log(heard > 0);
  Deno.exit(0);
});
setTimeout(() => Deno.exit(3), patienceMs);
// A signal to oneself has come when the call returns.
for (let k = 0; k < flood; k++) Deno.kill(Deno.pid, "SIGUSR1");
Deno.kill(Deno.pid, "SIGTERM");
