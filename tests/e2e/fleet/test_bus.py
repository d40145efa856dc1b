# SPDX-License-Identifier: Apache-2.0
"""What is told to all, and some hear late: frozen daemons, daemons that start afterwards, daemons of one role."""

import asyncio
import json

from support.fleet import fleet_scenario, product
from support.options import scaled

CHANNEL = "cache_invalidation"
STREAM = "cache_refresh"


class late_hearers(fleet_scenario):
    async def start(self, **settings):
        self.daemons = await self.start_fleet(3, routes=lambda o, name: [product(o, name, **settings)])
        self.readers = await self.one_reader_each(self.daemons)
        for reader in self.readers.values():
            self.assertEqual(await self.version(reader, "product:1"), 1)

    async def tell(self, **message):
        await self.redis.call("PUBLISH", CHANNEL, json.dumps(message))
        await asyncio.sleep(scaled(0.2))

    async def test_a_late_daemon_does_not_undo_the_load_that_came_after_the_message(self):
        for mode in ("delete", "refresh"):
            with self.subTest(mode):
                await self.start()
                self.freeze(self.daemons[2])
                self.origin.bump("1")
                before = self.origin.count()
                await self.tell(key="product:1", mode=mode)
                self.assertEqual(await self.version(self.readers["a"], "product:1"), 2)
                self.thaw(self.daemons[2])
                await asyncio.sleep(scaled(0.3))
                for reader in self.readers.values():
                    self.assertEqual(await self.version(reader, "product:1"), 2)
                self.assertEqual(self.origin.count() - before, 1)

    async def test_two_messages_in_a_row_are_two(self):
        await self.start()
        for expected in (2, 3, 4):
            self.origin.bump("1")
            await self.tell(key="product:1")
            for reader in self.readers.values():
                self.assertEqual(await self.version(reader, "product:1"), expected)
        self.assertEqual(self.origin.count(), 4)
        await self.assert_all_mortal()
        self.assertEqual(await self.redis.immortal_keys("*"), [])

    async def test_a_daemon_that_starts_later_knows_what_was_said_of_a_route(self):
        await self.start()
        self.origin.bump("1")
        await self.tell(route="product", mode="delete")
        late = await self.start_member("d", lambda o, name: [product(o, name)])
        self.assertEqual(await self.version(await self.connect(late), "product:1"), 2)
        for reader in self.readers.values():
            self.assertEqual(await self.version(reader, "product:1"), 2)
        self.assertEqual(self.origin.count(), 2)
        self.assertEqual(await self.redis.immortal_keys("*"), [])

    async def test_a_route_made_stale_is_served_while_it_is_refreshed(self):
        await self.start()
        self.origin.bump("1")
        await self.tell(route="product", mode="stale")
        self.assertEqual(await self.version(self.readers["b"], "product:1"), 1)
        await self.wait_entry("product:1", lambda e: e.data.startswith(b"1|2|"), "refreshed")
        await asyncio.sleep(scaled(0.2))
        for reader in self.readers.values():
            self.assertEqual(await self.version(reader, "product:1"), 2)
        self.assertEqual(self.origin.count(), 2)


class roles(fleet_scenario):
    async def test_a_proxy_leaves_the_stream_alone(self):
        [daemon] = await self.start_fleet(1, fleet={"refresh_stream": STREAM, "role": "proxy"})
        await self.redis.call("XADD", STREAM, "*", "key", "product:1")
        await asyncio.sleep(scaled(0.5))
        self.assertEqual(self.origin.count(), 0)
        self.assertEqual(await self.version(await self.connect(daemon), "product:1"), 1)
