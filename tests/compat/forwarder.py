#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A transparent TCP forwarder: what a run must find no difference through.

    forwarder.py PORT [--answer-ping]

Prints `listening on 127.0.0.1:N`, forwards each connection to PORT, byte for byte. With --answer-ping it answers a PING
that comes alone itself, as a careless proxy does: a run has to find that.
"""

import contextlib
import socket
import sys
import threading

PING = b"*1\r\n$4\r\nping\r\n"


def pump(source, target, answers=False):
    """All bytes, then the end of the stream. What `target` no longer takes ends this direction only: what it has said
    last still has to get through."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            if answers and piece.lower() == PING:
                source.sendall(b"+PONG\r\n")
            else:
                target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client, port, answers):
    with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as far:
        for each in (client, far):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=pump, args=(far, client), daemon=True)
        back.start()
        pump(client, far, answers)
        back.join()


def main(port, answers):
    server = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, port, answers), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), "--answer-ping" in sys.argv[2:])
