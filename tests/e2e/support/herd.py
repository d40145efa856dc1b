# SPDX-License-Identifier: Apache-2.0
"""Many connections that ask for the same thing at once, and when each has its answer.

Bare sockets and one epoll loop in a thread: an event loop with futures would spend more time on 1,500 answers than the
daemons do, and that time would be counted as theirs.
"""

import asyncio
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
        command, answers, asked, buffers = resp.encode(*words), [], {}, {}
        poll = select.epoll()
        try:
            for number, (opened, _) in self.sockets.items():
                poll.register(number, select.EPOLLIN)
            for number, (opened, _) in self.sockets.items():
                asked[number], buffers[number] = time.monotonic(), b""
                opened.sendall(command)
            end = time.monotonic() + seconds
            while len(answers) < len(self.sockets):
                if time.monotonic() > end:
                    raise AssertionError(f"{len(self.sockets) - len(answers)} connections without an answer")
                for number, _ in poll.poll(0.1, maxevents=64):
                    opened, port = self.sockets[number]
                    received, data = time.monotonic(), opened.recv(65536)
                    if not data:
                        raise AssertionError("a connection was closed instead of answered")
                    buffers[number] += data
                    answers.append((number, port, received))
                    if not self.complete(buffers[number]):
                        answers.pop()
        finally:
            poll.close()
        return [answer(port, asked[n], at, resp.parse(buffers[n], 0)[0]) for n, port, at in answers]

    @staticmethod
    def complete(data):
        try:
            resp.parse(data, 0)
            return True
        except resp.incomplete:
            return False

    def close(self):
        for opened, _ in self.sockets.values():
            opened.close()


def percentile(values, share):
    """The smallest of the values that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
