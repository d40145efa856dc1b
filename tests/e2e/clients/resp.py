# SPDX-License-Identifier: Apache-2.0
"""A blocking RESP client of few lines, which can also say things that no client library would.

Replies: bytes for strings, int, None for nulls, list for arrays and sets, dict for maps, ReplyError (a value, not raised).
"""

import socket
import struct

TIMEOUT = 30


class ReplyError(Exception):
    """An error reply, with its text as bytes."""

    def __eq__(self, other):
        return isinstance(other, ReplyError) and self.args == other.args

    __hash__ = Exception.__hash__

    @property
    def text(self):
        return self.args[0]


def encode(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Connection:
    """`address`: (host, port), or the path of a unix socket."""

    def __init__(self, address, timeout=TIMEOUT):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.buffer = bytearray()
        self.at = 0
        if family == socket.AF_UNIX:
            # Waits while the line of those to be accepted is full; with a time-out it would fail at once (EAGAIN).
            self.socket.connect(address)
        self.socket.settimeout(timeout)
        if family == socket.AF_INET:
            self.socket.connect(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST."""
        if self.socket.family == socket.AF_INET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def call(self, *words):
        self.send(encode(*words))
        return self.reply()

    def pipeline(self, commands):
        self.send(b"".join(encode(*words) for words in commands))
        return [self.reply() for _ in commands]

    def _more(self):
        if self.at > 1 << 20:
            del self.buffer[:self.at]
            self.at = 0
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError
        self.buffer += data

    def _line(self):
        while (end := self.buffer.find(b"\r\n", self.at)) < 0:
            self._more()
        line = bytes(self.buffer[self.at:end])
        self.at = end + 2
        return line

    def _bytes(self, size):
        while len(self.buffer) < self.at + size + 2:
            self._more()
        data = bytes(self.buffer[self.at:self.at + size])
        assert self.buffer[self.at + size:self.at + size + 2] == b"\r\n"
        self.at += size + 2
        return data

    def reply(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest)
        if kind == b":":
            return int(rest)
        if kind == b"_" or (kind in b"$*" and rest == b"-1"):
            return None
        if kind in (b"$", b"="):
            data = self._bytes(int(rest))
            return data[4:] if kind == b"=" else data
        if kind in (b"*", b"~", b">"):
            return [self.reply() for _ in range(int(rest))]
        if kind == b"%":
            return {self.reply(): self.reply() for _ in range(int(rest))}
        raise AssertionError(f"not a reply: {line[:100]!r}")

    def rest(self):
        """Everything until the other side closes; a reset counts as closed. Raises TimeoutError if it stays open."""
        data = self.buffer[self.at:]
        try:
            while chunk := self.socket.recv(1 << 16):
                data += chunk
        except ConnectionError:
            pass
        return bytes(data)
