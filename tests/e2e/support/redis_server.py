# SPDX-License-Identifier: Apache-2.0
"""A real redis-server of the test's own: a free port of 127.0.0.1, a folder of its own, nothing written to disk.

It keeps its port over kill() and restart(), so that daemons find it again, empty. It is ended by its pid; a frozen one
too. Commands sent by the test itself go over short connections (`call`), so that none outlives a fault.
"""

import os
import pathlib
import signal
import socket
import tempfile

from . import options, resp
from .process import process

PROGRAM = "/usr/bin/redis-server"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class redis_server:
    def __init__(self, folder, port, unix_socket, settings):
        self.folder = pathlib.Path(folder)
        self.port = port
        self.unix_path = str(self.folder / "redis.sock") if unix_socket else None
        self.settings = settings
        self.process = None

    @classmethod
    async def start(cls, folder=None, port=0, unix_socket=False, **settings):
        """`settings` are redis.conf's, with _ for -: maxmemory="10mb"."""
        folder = folder or tempfile.mkdtemp(prefix="herdgate-redis-")
        self = cls(folder, port or free_port(), unix_socket, settings)
        await self.restart()
        return self

    async def restart(self):
        """Starts it on its port, without data."""
        given = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(self.folder),
                 "daemonize": "no", **({"unixsocket": self.unix_path} if self.unix_path else {}),
                 **{name.replace("_", "-"): value for name, value in self.settings.items()}}
        words = [word for name, value in given.items() for word in ("--" + name, str(value))]
        self.process = await process.start(PROGRAM, *words, watch="stdout")
        await self.process.wait_line("Ready to accept connections")

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.running

    def url(self, db=0):
        return f"redis://127.0.0.1:{self.port}/{db}"

    async def kill(self):
        """SIGKILL, and waits for its end."""
        await self.process.kill()

    def freeze(self):
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        if self.running:
            os.kill(self.pid, signal.SIGCONT)

    async def stop(self):
        await self.kill()

    async def connect(self, db=0):
        client = await resp.connect(self.port)
        if db:
            await client.call("SELECT", db)
        return client

    async def call(self, *words, db=0):
        """One command's reply, on a connection of its own."""
        client = await self.connect(db)
        try:
            return await client.call(*words, deadline=options.scaled(5))
        finally:
            client.close()

    async def section(self, name):
        """INFO's section as a dictionary."""
        text = (await self.call("INFO", name)).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    async def command_calls(self):
        """How often each command ran so far, those inside scripts included: hmget → 7."""
        seen = await self.section("commandstats")
        return {name.removeprefix("cmdstat_"): int(value.split(",")[0].removeprefix("calls="))
                for name, value in seen.items()}

    async def scan(self, pattern="*", db=0):
        client, found, cursor = await self.connect(db), set(), b"0"
        try:
            while True:
                cursor, keys = await client.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
                found.update(keys)
                if cursor == b"0":
                    return sorted(found)
        finally:
            client.close()

    async def immortal_keys(self, pattern="cache:*", db=0):
        """The keys that would stay for ever, but for the refresh stream. A key that ends meanwhile is none."""
        keys = [key for key in await self.scan(pattern, db) if not key.startswith(b"cache_refresh")]
        if not keys:
            return []
        client = await self.connect(db)
        try:
            left = await client.pipeline([("PTTL", key) for key in keys])
        finally:
            client.close()
        return [key for key, ms in zip(keys, left) if ms == -1]
