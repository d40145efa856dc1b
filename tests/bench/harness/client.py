# SPDX-License-Identifier: Apache-2.0
"""A small RESP2 client, for preparing and checking; never the load generator of a timed hit.

Promises: every reply is read whole and errors are raised, so nothing is measured on a server that answers wrongly.
"""

import socket


class ReplyError(Exception):
    """The server answered with an error."""


def encode(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class Client:
    """One blocking connection."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.input.close()
        self.socket.close()

    def reply(self):
        line = self.input.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ReplyError(rest.decode("latin-1"))
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"$":
            return None if rest == b"-1" else self.input.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        raise ValueError(f"not a RESP2 reply: {line!r}")

    def command(self, *words):
        self.socket.sendall(encode(*words))
        return self.reply()

    def batch(self, commands):
        """Sends all, then reads all: the commands are concurrent for the server."""
        self.socket.sendall(b"".join(encode(*words) for words in commands))
        return [self.reply() for _ in commands]
