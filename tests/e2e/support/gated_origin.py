# SPDX-License-Identifier: Apache-2.0
"""An HTTP origin inside the test: every call waits until the test answers it, so that tests need no delays.

A call's answer is decided by whoever releases it. Connections are closed after each answer.
"""

import asyncio
import time

from . import options


class gated_call:
    def __init__(self, path):
        self.path = path
        self.answered_at = None
        self.answer = asyncio.get_running_loop().create_future()

    def release(self, body, status=200):
        self.answer.set_result((status, body if isinstance(body, bytes) else body.encode()))


class gated_origin:
    def __init__(self):
        self.calls = []
        self.arrived = asyncio.Condition()

    @classmethod
    async def start(cls):
        self = cls()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            call = gated_call(head.split()[1].decode())
            async with self.arrived:
                self.calls.append(call)
                self.arrived.notify_all()
            status, body = await call.answer
            writer.write(b"HTTP/1.1 %d Gated\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()
            call.answered_at = time.monotonic()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def call(self, number):
        """The call of that number (0 is the first), once it is there."""
        async def wait():
            async with self.arrived:
                await self.arrived.wait_for(lambda: len(self.calls) > number)

        await asyncio.wait_for(wait(), options.scaled(10))
        return self.calls[number]

    async def stop(self):
        for call in self.calls:
            if not call.answer.done():
                call.answer.set_result((503, b""))
        self.server.close()
