/**
 * The floor: heartbeats with nothing around them, compiled like lifesign. What
 * it takes is what the runtime takes.
 *
 * `check PORT` makes one at a gateway on 127.0.0.1 and ends, `stay PORT` makes
 * one a minute for three minutes, and `loop PORT` makes as many, one after the other, as a line
 * on stdin says, and answers with an empty line. `loop PORT PAUSE` waits so many
 * ms before each.
 *
 * @module
 */
const [mode, port, pause] = Deno.args;
const gateway: Deno.NetAddr = {
  transport: "udp",
  hostname: "127.0.0.1",
  port: Number(port),
};
const request = new Uint8Array([77, 0, 0, 0, 0, 0, 0, 0]);
const buffer = new Uint8Array(17);

async function heartbeat(): Promise<boolean> {
  const socket = Deno.listenDatagram({
    hostname: "0.0.0.0",
    port: 0,
    transport: "udp",
  });
  await socket.send(request, gateway);
  const [reply] = await socket.receive(buffer);
  socket.close();
  return reply.length === 16 && reply[0] === request[0];
}

async function loop(): Promise<void> {
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const line of input) {
    for (let left = Number(line); left > 0; left--) {
      if (pause !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, Number(pause)));
      }
      await heartbeat();
    }
    await Deno.stdout.write(new Uint8Array([10]));
  }
}

if (mode === "loop") await loop();
else {
  const isAlive = await heartbeat();
  if (mode === "check") Deno.exit(isAlive ? 0 : 20);
  const timer = setInterval(heartbeat, 60_000);
  setTimeout(() => clearInterval(timer), 150_000);
}
