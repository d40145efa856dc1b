# SPDX-License-Identifier: Apache-2.0
"""An HTTP origin inside the test whose values tell where they come from, and which keeps a log of every load.

`GET /v/ID` answers `ID|VERSION|LOAD|padding`. The version is the one at the request's arrival, as where an origin reads
its database first and then computes: the harder case for whoever stores the answer. `bump` raises a key's version. A
load ends when its answer was handed to the kernel ("answered") or when its connection was lost ("aborted").
The request's header X-Daemon says which daemon asked. Connections are closed after each answer.
"""

import asyncio
import time
from collections import Counter, namedtuple

from . import options

value = namedtuple("value", "key version load")


def parse_value(data):
    """Where a value comes from; None if it is no value of this origin."""
    parts = data.split(b"|") if isinstance(data, bytes) else []
    if len(parts) != 4 or not parts[1].isdigit() or not parts[2].isdigit():
        return None
    return value(parts[0].decode(), int(parts[1]), int(parts[2]))


class origin_load:
    """One call: who asked for what, when, and how it ended."""

    def __init__(self, number, key, daemon, version):
        self.number, self.key, self.daemon, self.version = number, key, daemon, version
        self.began, self.ended, self.outcome = time.monotonic(), None, None
        self.released = asyncio.Event()


class versioned_origin:
    def __init__(self):
        self.versions = {}
        self.loads = []
        self.delay = 0.0           # seconds, or a function of the key
        self.status = {}           # key → status instead of 200
        self.held = False          # loads wait for release()
        self.padding = b""
        self.in_flight = self.max_in_flight = 0
        self.changed = asyncio.Condition()

    @classmethod
    async def start(cls, **settings):
        self = cls()
        for name, given in settings.items():
            setattr(self, name, given)
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def version(self, key):
        return self.versions.get(key, 1)

    def bump(self, key):
        self.versions[key] = self.version(key) + 1
        return self.versions[key]

    def release(self):
        """Lets all loads go on that wait, and all later ones."""
        self.held = False
        for load in self.loads:
            load.released.set()

    async def serve(self, reader, writer):
        load = None
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            key = head.split()[1].rpartition("/")[2]
            daemon = next((line.split(":")[1].strip() for line in head.split("\r\n")
                           if line.lower().startswith("x-daemon:")), "")
            load = origin_load(len(self.loads) + 1, key, daemon, self.version(key))
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            await self.log(load)
            if await self.pause(load, reader):
                await self.answer(load, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            if load:
                self.in_flight -= 1
                load.ended = load.ended or time.monotonic()
                load.outcome = load.outcome or "aborted"
            writer.close()

    async def log(self, load):
        async with self.changed:
            self.loads.append(load)
            self.changed.notify_all()

    async def pause(self, load, reader):
        """The load's time. False if whoever asked is gone before its end."""
        async def compute():
            if self.held:
                await load.released.wait()
            await asyncio.sleep(self.delay(load.key) if callable(self.delay) else self.delay)

        gone, done = asyncio.ensure_future(reader.read(1)), asyncio.ensure_future(compute())
        await asyncio.wait((gone, done), return_when=asyncio.FIRST_COMPLETED)
        stayed = done.done()
        for task in (gone, done):
            task.cancel()
        await asyncio.gather(gone, done, return_exceptions=True)
        return stayed

    async def answer(self, load, writer):
        status = self.status.get(load.key, 200)
        body = b"%s|%d|%d|%s" % (load.key.encode(), load.version, load.number, self.padding)
        head = b"HTTP/1.1 %d Answer\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
        writer.write(head + body)
        await writer.drain()
        load.ended, load.outcome = time.monotonic(), "answered" if status == 200 else f"status {status}"

    def of(self, key):
        return [load for load in self.loads if load.key == key]

    def count(self, key=None, daemon=None):
        return sum(1 for load in self.loads if key in (None, load.key) and daemon in (None, load.daemon))

    def by_key_and_daemon(self):
        return Counter((load.key, load.daemon) for load in self.loads)

    async def wait_for(self, count, key=None, deadline=10.0):
        """The load of that number (1 is the first), of that key if one is given, once it has come."""
        def found():
            return self.loads if key is None else self.of(key)

        async def wait():
            async with self.changed:
                await self.changed.wait_for(lambda: len(found()) >= count)

        try:
            await asyncio.wait_for(wait(), options.scaled(deadline))
        except asyncio.TimeoutError:
            raise AssertionError(f"{len(found())} loads of {key or 'any key'} in time, not {count}") from None
        return found()[count - 1]

    async def stop(self):
        self.release()
        self.server.close()
