/**
 * The least that a compiled program can do for what `lifesign check` does: send
 * a heartbeat, wait for the answer and exit. Takes the gateway's address and
 * the UID; nothing is checked.
 *
 * @module
 */
const [address = "", uid = ""] = Deno.args;
const [hostname = "", port] = address.split(":");
const request = new Uint8Array(8);
new DataView(request.buffer).setBigInt64(0, BigInt(uid), true);
const socket = Deno.listenDatagram({
  hostname: "0.0.0.0",
  port: 0,
  transport: "udp",
});
await socket.send(request, { transport: "udp", hostname, port: Number(port) });
await socket.receive(new Uint8Array(17));
Deno.exit(0);

export {};
