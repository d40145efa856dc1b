# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to an entry during its load wins over the load: what was on its way is not stored."""

import asyncio

from support.fleet import LEASE, fleet_scenario
from support.options import scaled
from support.versioned_origin import parse_value

TOLD = 0.25    # seconds within which the holder knows that its entry is gone


class fleet_writes(fleet_scenario):
    async def during_a_load(self):
        """A reader of product:1 waits for a load of version 1; the origin is at version 2."""
        self.origin = await self.start_versioned_origin(held=True)
        self.daemons = await self.start_fleet(3, origin=self.origin)
        self.readers = await self.one_reader_each(self.daemons)
        self.waiting = self.readers["a"].send("GET", "product:1")
        first = await self.origin.wait_for(1)
        self.assertEqual((first.daemon, first.version), ("a", 1))
        await self.wait_entry("product:1", lambda e: e and e.lease, "leased")
        self.origin.bump("1")
        self.watch = await self.start_monitor(self.redis)

    async def assert_the_old_value_is_lost(self, loads=2):
        later = [client.send("GET", "product:1") for name, client in self.readers.items() if name != "a"]
        await self.origin.wait_for(loads, deadline=LEASE + 5)
        self.origin.release()
        self.assertIn(parse_value(await asyncio.wait_for(self.waiting, scaled(10))).version, (1, 2))
        for reply in await asyncio.wait_for(asyncio.gather(*later), scaled(10)):
            self.assertEqual(parse_value(reply).version, 2)
        for client in self.readers.values():
            self.assertEqual(await self.version(client, "product:1"), 2)
        self.assertIn(b"1|2|", (await self.entry("product:1")).data)
        self.assertEqual(self.origin.count(), loads)
        self.assertEqual(len(self.watch.fills("cache:product:1")), 1, "the first load's value was never stored")
        await self.assert_all_mortal()

    async def test_a_deletion_by_a_client_of_any_daemon_outruns_a_load(self):
        for deleter in ("a", "b"):
            with self.subTest(deleted_through=deleter):
                await self.during_a_load()
                client = await self.connect(self.by_name(self.daemons, deleter))
                self.assertIn(await client.call("DEL", "product:1"), (0, 1))
                await self.assert_the_old_value_is_lost()

    async def test_the_deleting_client_and_all_later_readers_of_its_daemon_get_the_new_version(self):
        await self.during_a_load()
        await self.readers["b"].call("DEL", "product:1")
        later = [c.send("GET", "product:1") for c in await self.connect(self.by_name(self.daemons, "b"), 50)]
        await self.origin.wait_for(2)
        self.origin.release()
        for reply in await asyncio.wait_for(asyncio.gather(*later), scaled(10)):
            self.assertEqual(parse_value(reply).version, 2)
        self.assertEqual(self.origin.count(), 2)

    async def test_the_holders_own_later_readers_do_not_join_a_load_that_a_deletion_elsewhere_has_outrun(self):
        for where in ("through another daemon", "in Redis"):
            with self.subTest(deleted=where):
                await self.during_a_load()
                if where == "in Redis":
                    await self.redis.call("DEL", "cache:product:1")
                else:
                    await self.readers["b"].call("DEL", "product:1")
                await asyncio.sleep(scaled(TOLD))
                later = (await self.connect(self.by_name(self.daemons, "a"))).send("GET", "product:1")
                await self.origin.wait_for(2)
                self.origin.release()
                self.assertEqual(parse_value(await asyncio.wait_for(later, scaled(10))).version, 2)
                self.assertIn(parse_value(await asyncio.wait_for(self.waiting, scaled(10))).version, (1, 2))

    async def test_a_deletion_of_the_entry_in_redis_revokes_the_lease(self):
        for command in (("DEL", "cache:product:1"), ("UNLINK", "cache:product:1"), ("FLUSHDB",), ("FLUSHALL",)):
            with self.subTest(command=command):
                await self.during_a_load()
                await self.redis.call(*command)
                await self.assert_the_old_value_is_lost()

    async def test_an_entry_overwritten_in_redis_is_not_overwritten_by_a_load(self):
        await self.during_a_load()
        await self.redis.call("DEL", "cache:product:1")
        await self.redis.call("SET", "cache:product:1", "mine", "EX", "60")
        self.origin.release()
        await asyncio.wait_for(self.waiting, scaled(10))
        self.assertEqual(await self.redis.call("GET", "cache:product:1"), b"mine")

    async def test_a_set_by_a_client_of_another_daemon_outruns_a_load(self):
        await self.during_a_load()
        self.assertEqual(await self.readers["b"].call("SET", "product:1", "1|9|0|"), "OK")
        self.origin.release()
        await asyncio.wait_for(self.waiting, scaled(10))
        for client in self.readers.values():
            self.assertEqual(await self.version(client, "product:1"), 9)
        self.assertEqual(self.origin.count(), 1)

    async def test_scripts_that_redis_forgot_are_loaded_again_unnoticed(self):
        await self.during_a_load()
        await self.redis.call("SCRIPT", "FLUSH")
        later = [client.send("GET", "product:1") for name, client in self.readers.items() if name != "a"]
        self.origin.release()
        replies = await asyncio.wait_for(asyncio.gather(self.waiting, *later), scaled(10))
        self.assertEqual({parse_value(r).load for r in replies}, {1})
        self.assertEqual((await self.wait_entry("product:1", lambda e: e and e.data, "stored")).status, "ready")
        for n in range(2, 12):
            await self.redis.call("SCRIPT", "FLUSH")
            self.assertEqual(await self.version(self.readers["abc"[n % 3]], f"product:{n}"), 1)
        self.assertEqual(self.origin.count(), 11, "one load a key")

    async def test_a_flush_between_loads_costs_one_load_a_key(self):
        daemons = await self.start_fleet(3)
        readers = await self.one_reader_each(daemons)
        for _ in range(5):
            before = self.origin.count()
            await self.redis.call("FLUSHALL")
            await asyncio.sleep(0.1)    # the near caches are told
            for client in readers.values():
                await asyncio.gather(*(client.call("GET", f"product:{n}") for n in range(5)))
            self.assertEqual(self.origin.count() - before, 5)

    async def test_what_others_keep_under_an_entrys_name_is_left_untouched(self):
        daemons = await self.start_fleet(2)
        readers = await self.one_reader_each(daemons)
        await self.redis.call("SET", "cache:product:1", "a string of somebody's")
        await self.redis.call("RPUSH", "cache:product:2", "a", "list")
        for key in ("product:1", "product:2"):
            for client in readers.values():
                self.assertEqual(await self.version(client, key), 1)
                self.assertEqual(await self.version(client, key), 1)
        await asyncio.sleep(0.2)
        self.assertEqual(await self.redis.call("GET", "cache:product:1"), b"a string of somebody's")
        self.assertEqual(await self.redis.call("TTL", "cache:product:1"), -1)
        self.assertEqual(await self.redis.call("LRANGE", "cache:product:2", 0, -1), [b"a", b"list"])
