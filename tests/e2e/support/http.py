# SPDX-License-Identifier: Apache-2.0
"""One HTTP request on a connection of its own: for metrics and the origin's controls. Ends by its deadline."""

import asyncio


async def request(port, target, method="GET", deadline=10.0):
    """The answer's status and body."""
    async def talk():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return int(head.split()[1]), body
        finally:
            writer.close()

    return await asyncio.wait_for(talk(), deadline)
