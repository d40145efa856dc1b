# SPDX-License-Identifier: Apache-2.0
"""Says the same bytes to two servers, in the same pieces, and gathers what each answers."""

import select
import socket
import time
from collections import namedtuple

STUCK_SECONDS = 10
READ_BYTES = 1 << 20

# What one connection heard from both servers: bytes, and how it ended: "", "closed", "silent".
heard = namedtuple("heard", "batch data ends")


class Side:
    """A connection to one of the servers."""

    def __init__(self, address, poll):
        self.socket = socket.create_connection(address)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll, self.number = poll, self.socket.fileno()
        self.inbox, self.pieces, self.tail = bytearray(), [], b""
        self.closed, self.full, self.next_write = False, False, 0.0
        poll.register(self.number, select.EPOLLIN)

    def say(self, pieces, tail):
        """`pieces`: (bytes, seconds to wait before)."""
        self.pieces, self.tail = list(reversed(pieces)), tail
        self.next_write = time.monotonic() + pieces[0][1]

    @property
    def done(self):
        if self.closed or self.tail is None:
            return self.closed
        return not self.pieces and (not self.tail or self.inbox.endswith(self.tail))

    def write(self):
        """What may be written now. Pieces without a pause before them are writes of their own all the same."""
        try:
            while self.pieces and self.next_write <= time.monotonic():
                data = self.pieces[-1][0]
                sent = self.socket.send(data)
                if sent < len(data):
                    self.pieces[-1] = (memoryview(data)[sent:], 0)
                    continue
                self.pieces.pop()
                if self.pieces and self.pieces[-1][1]:
                    self.next_write = time.monotonic() + self.pieces[-1][1]
            self.want(False)
        except BlockingIOError:
            self.want(True)
        except ConnectionError:
            self.pieces = []

    def want(self, writable):
        if writable != self.full:
            self.full = writable
            self.poll.modify(self.number, select.EPOLLIN | (select.EPOLLOUT if writable else 0))

    def read(self):
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self.inbox += data
        if not data:
            self.close()

    def close(self):
        if not self.closed:
            self.poll.unregister(self.number)
            self.socket.close()
            self.closed, self.pieces = True, []


def cut(commands, splits):
    """The pieces of a batch's bytes."""
    data = b"".join(commands)
    offsets = [0, *(offset for offset, _ in splits), len(data)]
    pauses = [0, *(pause for _, pause in splits)]
    return [(data[begin:end], pause) for begin, end, pause in zip(offsets, offsets[1:], pauses)]


class Exchange:
    """The connections to both servers, by number. `stuck`: how long nothing may happen."""

    def __init__(self, addresses, stuck=STUCK_SECONDS):
        self.addresses, self.stuck = addresses, stuck
        self.poll = select.epoll()
        self.pairs = {}
        self.ended = False    # a connection has ended since settle() was last needed

    def pair(self, number):
        if number not in self.pairs:
            self.pairs[number] = [Side(address, self.poll) for address in self.addresses]
        return self.pairs[number]

    def run(self, batches):
        """Says the batches at the same time. What was heard of each that waits for an answer."""
        talking = []
        for one in batches:
            pieces = cut(one.commands, one.splits)
            for side in self.pair(one.connection):
                side.say(pieces, one.tail)
                talking.append(side)
        self.talk(talking)
        return [self.harvest(one) for one in batches if one.tail != b""]

    def talk(self, talking):
        sides = {side.number: side for pair in self.pairs.values() for side in pair if not side.closed}
        for side in talking:
            side.write()
        last = time.monotonic()
        while waiting := [side for side in talking if not side.done]:
            now = time.monotonic()
            pauses = [side.next_write - now for side in waiting if side.pieces and not side.full]
            events = self.poll.poll(min([0.5, *(max(pause, 0) for pause in pauses)]))
            for number, flags in events:
                if flags & ~select.EPOLLOUT:
                    sides[number].read()
            for side in waiting:
                if side.pieces:
                    side.write()
            if events or pauses:
                last = time.monotonic()
            elif time.monotonic() - last > self.stuck:
                return

    def harvest(self, one):
        sides = self.pairs[one.connection]
        ends = tuple("closed" if side.closed else "" if side.done else "silent" for side in sides)
        data = tuple(bytes(side.inbox) for side in sides)
        for side in sides:
            side.inbox.clear()
        if any(ends):
            self.drop(one.connection)
        return heard(one, data, ends)

    def drop(self, number, rest=b""):
        """Closes a connection to both, after some last bytes."""
        for side in self.pairs.pop(number, ()):
            if rest and not side.closed:
                side.socket.send(rest)
            side.close()
        self.ended = True

    def close(self):
        for number in list(self.pairs):
            self.drop(number)
        self.poll.close()
