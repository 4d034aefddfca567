"""Heartbeats in Python on asyncio, each from a fresh socket.

    heartbeats_asyncio.py PORT SESSIONS

Each line on stdin is a number of seconds. For so long each session begins one
heartbeat after the other at the gateway on 127.0.0.1. Once all are over the
number of those that were answered is printed.
"""

import asyncio
import sys
import time

gateway = ("127.0.0.1", int(sys.argv[1]))
sessions = int(sys.argv[2])


class Heartbeat(asyncio.DatagramProtocol):
    def __init__(self, uid, answered):
        self.uid = uid
        self.answered = answered

    def connection_made(self, transport):
        transport.sendto(self.uid, gateway)

    def datagram_received(self, data, address):
        if address == gateway and data == self.uid + bytes(8):
            if not self.answered.done():
                self.answered.set_result(None)


async def session(number, end):
    loop = asyncio.get_running_loop()
    uid = (1000 + number).to_bytes(8, "little", signed=True)
    done = 0
    while True:
        answered = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Heartbeat(uid, answered), local_addr=("0.0.0.0", 0)
        )
        try:
            await asyncio.wait_for(answered, 5)
            done += 1
        except asyncio.TimeoutError:
            pass
        finally:
            transport.close()
        if time.monotonic() >= end:
            return done


async def beat(seconds):
    end = time.monotonic() + seconds
    return sum(await asyncio.gather(*(session(k, end) for k in range(sessions))))


for line in sys.stdin:
    print(asyncio.run(beat(float(line))), flush=True)
