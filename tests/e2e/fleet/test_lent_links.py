# SPDX-License-Identifier: Apache-2.0
"""Links that clients borrow: how many are opened for them, and when many are wanted at once."""

import asyncio
import time

from support import options
from support.fleet import fleet_scenario

STAYING = LEAVING = 30
EACH_PER_SECOND = 5     # 300 together
SECONDS = 10
TRANSACTION = [("MULTI",), ("INCR", "n"), ("EXEC",)]


class lent_links(fleet_scenario):
    async def lent(self, count):
        return await self.daemon.wait_until(
            lambda m: m.get("upstream_client_connections", state="lent") == count, f"{count} links lent")

    async def transact(self, client):
        replies = await client.pipeline(TRANSACTION)
        self.assertEqual(replies[:2], ["OK", "QUEUED"])
        self.assertEqual(len(replies[2]), 1)

    async def warm(self):
        """As many links as there are clients have been opened, on each worker, and are spare now."""
        clients = await self.connect(self.daemon, 2 * (STAYING + LEAVING))
        for client in clients:
            self.assertEqual(await client.call("MULTI"), "OK")
        await self.lent(len(clients))
        await asyncio.gather(*(c.call("EXEC") for c in clients))
        for client in clients:
            client.close()
        await self.lent(0)

    async def test_three_hundred_transactions_a_second_open_no_connections(self):
        [self.daemon] = await self.start_fleet(1)
        await self.warm()
        redis = await self.redis.connect()

        async def opened():
            text = (await redis.call("INFO", "stats")).decode()
            return int(text.split("total_connections_received:")[1].split()[0])

        async def keep_going(staying, phase):
            client = await self.daemon.connect()
            for turn in range(EACH_PER_SECOND * SECONDS):
                await asyncio.sleep(max(0, began + phase + turn / EACH_PER_SECOND - time.monotonic()))
                if not staying:
                    client.close()
                    client = await self.daemon.connect()
                await self.transact(client)
            client.close()

        before, began = await opened(), time.monotonic()
        await asyncio.gather(*(keep_going(i < STAYING, i / (STAYING + LEAVING) / EACH_PER_SECOND) for i in range(STAYING + LEAVING)))
        took, more = time.monotonic() - began, await opened() - before
        count = (STAYING + LEAVING) * EACH_PER_SECOND * SECONDS
        self.figure(transactions=count, seconds=took, opened=more)
        self.assertEqual(more, 0)
        self.assertEqual(int(await redis.call("GET", "n")), count)
        redis.close()

    async def test_many_links_at_once_wait_for_a_redis_that_accepts_slowly(self):
        """Of a unix socket the kernel refuses those for whom there is no place in the line."""
        redis = await self.start_redis(unix_socket=True, tcp_backlog=4)
        upstream = {"url": f"unix://{redis.unix_path}", "timeouts": {"connect": "30s"}}
        [self.daemon] = await self.start_fleet(1, redis=redis, upstream=upstream)
        clients = await self.connect(self.daemon, 40)
        self.freeze(redis)
        waiting = [c.send("MULTI") for c in clients]
        await self.lent(len(clients))
        self.thaw(redis)
        self.assertEqual(await asyncio.wait_for(asyncio.gather(*waiting), options.scaled(20)), ["OK"] * len(clients))
