# SPDX-License-Identifier: Apache-2.0
"""Many connections that ask for the same thing at once, and when each has its answer.

Bare sockets and one epoll loop in a thread: an event loop with futures would spend more time on 1,500 answers than the
daemons do, and that time would be counted as theirs. Replies are small: one or a few pieces, the last ends a line.
"""

import asyncio
import gc
import select
import socket
import time
from collections import namedtuple

from . import options, resp

answer = namedtuple("answer", "port asked received reply")    # times of time.monotonic()


class herd:
    def __init__(self, ports, each):
        """Opens `each` connections to each port; they are warm when this returns."""
        self.sockets = {}
        for port in [port for port in ports for _ in range(each)]:
            opened = socket.create_connection(("127.0.0.1", port), timeout=options.scaled(15))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets[opened.fileno()] = (opened, port)
        self.ask_now(options.scaled(15), "PING")

    @classmethod
    async def start(cls, daemons, each):
        return await asyncio.to_thread(cls, [d.port for d in daemons], each)

    async def ask(self, *words, deadline=15.0):
        """Every connection's answer, in the order in which they came."""
        return await asyncio.to_thread(self.ask_now, options.scaled(deadline), *words)

    def ask_now(self, seconds, *words):
        command, pieces, asked, poll = resp.encode(*words), [], {}, select.epoll()
        gc.disable()
        try:
            for number in self.sockets:
                poll.register(number, select.EPOLLIN)
            for number, (opened, _) in self.sockets.items():
                asked[number] = time.monotonic()
                opened.send(command)
            self.receive(poll, pieces, time.monotonic() + seconds)
        finally:
            gc.enable()
            poll.close()
        return [answer(self.sockets[n][1], asked[n], at, reply) for n, at, reply in self.joined(pieces)]

    def receive(self, poll, pieces, end):
        """Everything that comes, with its time, until every connection has an answer; nothing is parsed before that."""
        missing = set(self.sockets)
        clock, receivers = time.monotonic, {number: opened.recv for number, (opened, _) in self.sockets.items()}
        while missing:
            if clock() > end:
                raise AssertionError(f"{len(missing)} connections without an answer")
            for number, _ in poll.poll(0.1, 256):
                data = receivers[number](65536)
                pieces.append((number, clock(), data))
                if data[-2:] == b"\r\n":
                    missing.discard(number)
                elif not data:
                    raise AssertionError("a connection was closed instead of answered")

    @staticmethod
    def joined(pieces):
        """Each connection's reply and when its last byte came, in that order."""
        buffers, last = {}, {}
        for number, at, data in pieces:
            buffers[number] = buffers.get(number, b"") + data
            last[number] = at
        return [(n, at, resp.parse(buffers[n], 0)[0]) for n, at in sorted(last.items(), key=lambda pair: pair[1])]

    def close(self):
        for opened, _ in self.sockets.values():
            opened.close()


def percentile(values, share):
    """The smallest of the values that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
