"""One heartbeat in Python and nothing around it: check.py HOST PORT UID.

Ends with 0 if the session is alive, 10 if it is dead, 20 if nothing came.
"""

import socket
import sys

gateway = (sys.argv[1], int(sys.argv[2]))
uid = int(sys.argv[3]).to_bytes(8, "little", signed=True)
dead = (-2).to_bytes(8, "little", signed=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(("0.0.0.0", 0))
    sock.settimeout(1)
    sock.sendto(uid, gateway)
    try:
        while True:
            reply, sender = sock.recvfrom(17)
            if sender == gateway and reply in (uid + bytes(8), dead + bytes(8)):
                sys.exit(0 if reply[:8] == uid else 10)
    except TimeoutError:
        sys.exit(20)
