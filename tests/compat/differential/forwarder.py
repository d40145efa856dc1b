# SPDX-License-Identifier: Apache-2.0
"""A way to a server on which now and then a byte of a reply is altered: what the test has to find.

    forwarder.py PORT LINES SEED      one byte in about LINES lines; prints the port it listens on
"""

import asyncio
import random
import sys

LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Forwarder:
    def __init__(self, target, lines, seed):
        self.target, self.lines = target, lines
        self.random = random.Random(seed)

    def altered(self, data):
        """A letter of it is another one, if it is this piece's turn."""
        if self.random.random() < data.count(b"\n") / self.lines:
            places = [i for i, byte in enumerate(data) if byte in LETTERS]
            if places:
                at = self.random.choice(places)
                return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:]
        return data

    async def pump(self, reader, writer, change):
        try:
            while data := await reader.read(1 << 16):
                writer.write(change(data))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pump(reader, far_writer, bytes), self.pump(far_reader, writer, self.altered))

    async def run(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(Forwarder(*map(int, sys.argv[1:4])).run())
