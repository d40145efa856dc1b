# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy on 127.0.0.1 that delays, slices, cuts, swallows and refuses, as its owner says while it runs.

Bytes are never changed or put in another order. A fault holds for all connections, open and new, until taken back.
"""

import asyncio
import random


class tcp_proxy:
    def __init__(self, target_port, seed=0):
        self.target_port = target_port
        self.random = random.Random(seed)
        self.tasks = set()
        self.writers = set()
        self.passed = 0            # bytes, both ways
        self.heal()

    @classmethod
    async def start(cls, target_port, seed=0):
        self = cls(target_port, seed)
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def heal(self):
        """No fault from now on. What was cut stays cut."""
        self.refusing = False      # new connections are closed at once
        self.swallowing = False    # nothing passes; connections stay open
        self.delay = (0.0, 0.0)    # seconds, from and to, for each piece
        self.slice = 0             # bytes a piece, at most; 0: as they come
        self.cut_after = None      # bytes until all connections are cut

    def cut(self):
        """Ends all connections, with a reset where bytes are under way."""
        for writer in list(self.writers):
            writer.transport.abort()

    def disconnect(self):
        """Cut, and no new connection until heal()."""
        self.refusing = True
        self.cut()

    async def serve(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        self.writers.update((writer, far_writer))
        if self.refusing:
            self.cut()
        pumps = [asyncio.ensure_future(self.pump(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        self.tasks.update(pumps)
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pumps:
                task.cancel()
            self.tasks.difference_update(pumps)
            for end in (writer, far_writer):
                self.writers.discard(end)
                end.close()

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                for piece in self.pieces(data):
                    await self.hold()
                    if self.cut_after is not None:
                        self.cut_after -= len(piece)
                        if self.cut_after <= 0:
                            self.cut_after = None
                            return self.cut()
                    writer.write(piece)
                    self.passed += len(piece)
                    await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass

    def pieces(self, data):
        if not self.slice:
            return [data]
        cuts, at = [], 0
        while at < len(data):
            size = self.random.randint(1, self.slice)
            cuts.append(data[at : at + size])
            at += size
        return cuts

    async def hold(self):
        if self.delay[1] > 0:
            await asyncio.sleep(self.random.uniform(*self.delay))
        elif self.slice:
            await asyncio.sleep(0)
        while self.swallowing:
            await asyncio.sleep(0.01)

    async def stop(self):
        self.server.close()
        self.cut()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
