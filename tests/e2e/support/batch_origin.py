# SPDX-License-Identifier: Apache-2.0
"""An HTTP origin inside the test that answers for several keys at once: GET /batch?ids=a,b,c.

What each call asked for is kept. `answer` makes the body from the ids; calls wait while the gate is closed.
"""

import asyncio
import json
import urllib.parse


def as_object(ids):
    return {one: f"value of {one}" for one in ids}


class batch_origin:
    def __init__(self):
        self.calls = []
        self.answer = as_object
        self.status = 200
        self.gate = asyncio.Event()
        self.gate.set()

    @classmethod
    async def start(cls):
        self = cls()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                query = head.split()[1].decode().partition("ids=")[2]
                ids = [urllib.parse.unquote(one) for one in query.split(",")]
                self.calls.append(ids)
                await self.gate.wait()
                made = self.answer(ids)
                body = made if isinstance(made, bytes) else json.dumps(made, indent=1).encode()
                writer.write(b"HTTP/1.1 %d Batch\r\nContent-Length: %d\r\n\r\n%s" % (self.status, len(body), body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def stop(self):
        self.gate.set()
        self.server.close()
