# SPDX-License-Identifier: Apache-2.0
"""A small RESP2 and RESP3 client, light enough for thousands of connections in one event loop.

A client's replies come back in the order of its commands. Every call ends by its deadline: it raises TimeoutError.
Bulk strings are bytes, simple strings str, errors `error` objects (returned, not raised), nulls None.
"""

import asyncio
import socket
import struct
import time
from collections import deque

from . import options


class error(Exception):
    """An error reply."""

    @property
    def text(self):
        return str(self.args[0])


class incomplete(Exception):
    """More bytes are needed."""


def encode(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def parse(buffer, at):
    """The reply that starts at `at`, and where the next one starts."""
    end = buffer.find(b"\r\n", at)
    if end < 0:
        raise incomplete
    kind, line, at = chr(buffer[at]), buffer[at + 1 : end], end + 2
    if kind in "$=!":
        size = int(line)
        if size < 0:
            return None, at
        if len(buffer) < at + size + 2:
            raise incomplete
        data = bytes(buffer[at : at + size])
        return error(data.decode("utf-8", "replace")) if kind == "!" else data, at + size + 2
    if kind in "*~>%":
        count = int(line)
        if count < 0:
            return None, at
        items = []
        for _ in range(count * (2 if kind == "%" else 1)):
            item, at = parse(buffer, at)
            items.append(item)
        return dict(zip(items[::2], items[1::2])) if kind == "%" else items, at
    text = line.decode("utf-8", "replace")
    simple = {"+": str, "-": error, ":": int, "(": int, ",": float, "_": lambda _: None, "#": lambda t: t == "t"}
    if kind not in simple:
        raise ValueError(f"no reply starts with {bytes(buffer[end - 40 : end])!r}")
    return simple[kind](text), at


class client(asyncio.Protocol):
    """One connection. `last_received` is when its latest bytes came (time.monotonic)."""

    def __init__(self):
        self.buffer = bytearray()
        self.waiting = deque()
        self.closed = asyncio.get_running_loop().create_future()
        self.unasked = []
        self.last_received = 0.0
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.last_received = time.monotonic()
        self.buffer += data
        at = 0
        try:
            while at < len(self.buffer):
                reply, at = parse(self.buffer, at)
                self.answer(reply)
        except incomplete:
            pass
        del self.buffer[:at]

    def answer(self, reply):
        if not self.waiting:
            self.unasked.append(reply)
            return
        future = self.waiting.popleft()
        if not future.done():
            future.set_result(reply)

    def connection_lost(self, problem):
        for future in self.waiting:
            if not future.done():
                future.set_exception(ConnectionError(f"closed before the reply: {problem}"))
                future.exception()    # a test may not care
        self.waiting.clear()
        if not self.closed.done():
            self.closed.set_result(None)

    def send(self, *words):
        """Sends a command now; the future has its reply."""
        return self.send_raw(encode(*words), 1)[0]

    def send_raw(self, data, replies):
        if self.transport.is_closing():
            raise ConnectionError("closed")
        futures = [asyncio.get_running_loop().create_future() for _ in range(replies)]
        self.waiting.extend(futures)
        self.transport.write(data)
        return futures

    async def call(self, *words, deadline=None):
        """A command's reply."""
        return await asyncio.wait_for(self.send(*words), deadline or options.scaled(15))

    async def pipeline(self, commands, deadline=None):
        """The replies of many commands, sent as one piece."""
        futures = self.send_raw(b"".join(encode(*c) for c in commands), len(commands))
        return await asyncio.wait_for(asyncio.gather(*futures), deadline or options.scaled(30))

    async def wait_closed(self, deadline):
        """Until the other side has closed."""
        await asyncio.wait_for(asyncio.shield(self.closed), deadline)

    def close(self):
        self.transport.abort()

    def reset(self):
        """Closes so that the other side sees a reset, not an end of input that might be a half-close."""
        if self.transport.is_closing():
            return
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def connect(port, tls=None):
    """`tls`: an ssl.SSLContext."""
    loop = asyncio.get_running_loop()
    more = {"ssl": tls, "server_hostname": "localhost"} if tls else {}
    return (await asyncio.wait_for(loop.create_connection(client, "127.0.0.1", port, **more), options.scaled(15)))[1]


async def connect_unix(path):
    loop = asyncio.get_running_loop()
    return (await asyncio.wait_for(loop.create_unix_connection(client, path), options.scaled(15)))[1]


async def gather(futures, deadline):
    """The results of many futures, all by one deadline."""
    return await asyncio.wait_for(asyncio.gather(*futures), deadline)
