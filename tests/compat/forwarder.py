#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A transparent TCP forwarder: what a run must find no difference through.

    forwarder.py PORT [--answer-ping]

Prints `listening on 127.0.0.1:N`, forwards each connection to PORT, byte for byte. With --answer-ping it answers a PING
that comes alone itself, as a careless proxy does: a run has to find that.
"""

import asyncio
import sys

PING = b"*1\r\n$4\r\nping\r\n"


async def pump(reader, writer, answer=None):
    """All bytes, then the end of the stream; what `answer` says is taken out of it, and answered instead."""
    try:
        while piece := await reader.read(65536):
            if answer and piece.lower() == PING:
                answer.write(b"+PONG\r\n")
                continue
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(port, answers, reader, writer):
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, far_writer, writer if answers else None), pump(far_reader, writer))


async def main(port, answers):
    server = await asyncio.start_server(lambda reader, writer: serve(port, answers, reader, writer), "127.0.0.1", 0)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), "--answer-ping" in sys.argv[2:]))
