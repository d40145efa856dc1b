# SPDX-License-Identifier: Apache-2.0
"""A program that knows Redis and docs/entry_format.md, but not herdgate, works with its entries."""

import asyncio
import json
import time

from support.entry import parse_lease, parse_meta
from support.fleet import LEASE, fleet_scenario, product
from support.options import scaled

TTL, REVALIDATE, ERROR = 60, 120, 600    # seconds
ROUTE = {"ttl": "60s", "stale": {"while_revalidate": "120s", "if_error": "600s"}}


class foreign_program(fleet_scenario):
    async def start(self, **origin):
        self.daemons = await self.start_fleet(2, origin=await self.start_versioned_origin(**origin),
                                              routes=lambda o, name: [product(o, name, **ROUTE)])
        self.readers = await self.one_reader_each(self.daemons)

    def test_the_fields_of_meta_and_lease_are_where_the_document_says(self):
        found = parse_meta(b"1 1000 2000 3000 15 0 2 ff0a\netag \"abc d\"\nlast_modified Mon, 01 Jan 2024 00:00:00 GMT")
        self.assertEqual(found[:7], (1, 1000, 2000, 3000, 15, 0, 2))
        self.assertEqual((found.stamp, found.lines["etag"]), ("ff0a", '"abc d"'))
        for wrong in (b"2 1 1 1 1 1 1 0", b"1 1 1 1", b"1 a 1 1 1 1 1 0", b"1 1 1 1 1 1 1 zz"):
            with self.assertRaises(ValueError):
                parse_meta(wrong)
        self.assertEqual(parse_lease(b"abc 1700000000000 host:1 1699999990000"), ("abc", 1700000000000, "host:1", 1699999990000))

    async def test_it_reads_a_value_and_judges_its_age(self):
        await self.start(delay=0.1)
        seconds, micros = map(int, await self.redis.call("TIME"))
        before = seconds * 1000 + micros // 1000
        value = await self.readers["a"].call("GET", "product:1")
        entry = await self.entry("product:1")
        self.assertEqual((entry.data, entry.status, entry.lease), (value, "ready", None))
        self.assertTrue(seconds <= entry.updated_at <= seconds + scaled(5))
        filled = before + 100
        jitter = 0.11 * TTL * 1000
        self.assertTrue(-jitter <= entry.meta.fresh_until - filled - TTL * 1000 <= jitter + scaled(5000), entry.meta)
        self.assertAlmostEqual(entry.meta.revalidate_until - entry.meta.fresh_until, REVALIDATE * 1000, delta=5)
        self.assertAlmostEqual(entry.meta.error_until - entry.meta.fresh_until, ERROR * 1000, delta=5)
        self.assertTrue(100 <= entry.meta.load <= 100 + scaled(400), entry.meta)
        self.assertEqual(entry.meta.failures, 0)
        left = await self.redis.call("PTTL", "cache:product:1")
        self.assertGreater(left, (TTL * 0.89 + ERROR) * 1000 - scaled(5000), "it outlives its longest stale window")

    async def test_it_sees_failures_and_when_the_next_load_may_be(self):
        await self.start(status={"1": 503})
        self.assert_error(await self.readers["a"].call("GET", "product:1"))
        entry = await self.wait_entry("product:1", lambda e: e and e.meta, "recorded")
        self.assertEqual((entry.status, entry.data, entry.meta.failures), ("error", None, 1))
        seconds, micros = map(int, await self.redis.call("TIME"))
        self.assertGreater(entry.meta.retry_at, seconds * 1000 + micros // 1000)

    async def test_its_deletion_of_the_entry_is_an_invalidation(self):
        await self.start()
        await self.version(self.readers["a"], "product:1")
        await self.version(self.readers["b"], "product:1")
        self.origin.bump("1")
        self.assertEqual(await self.redis.call("DEL", "cache:product:1"), 1)
        await asyncio.sleep(scaled(0.1))
        for reader in self.readers.values():
            self.assertEqual(await self.version(reader, "product:1"), 2)
        self.assertEqual(self.origin.count(), 2)

    async def test_its_message_on_the_channel_is_an_invalidation(self):
        await self.start()
        await self.version(self.readers["a"], "product:1")
        self.origin.bump("1")
        told = await self.redis.call("PUBLISH", "cache_invalidation", json.dumps({"key": "product:1"}))
        self.assertGreaterEqual(told, 2, "both daemons listen")
        await asyncio.sleep(scaled(0.2))
        self.assertEqual(await self.version(self.readers["b"], "product:1"), 2)

    async def test_it_waits_for_a_load_in_progress_by_subscribing_to_the_entrys_name(self):
        await self.start(held=True)
        waiting = self.readers["a"].send("GET", "product:1")
        await self.origin.wait_for(1)
        listener = await self.redis.connect()
        self.addCleanup(listener.close)
        self.assertEqual((await listener.call("SUBSCRIBE", "cache:product:1"))[0], b"subscribe")
        entry = await self.entry("product:1")    # look again, after subscribing
        self.assertTrue(entry.lease and entry.data is None)
        self.origin.release()
        began = time.monotonic()
        await asyncio.wait_for(waiting, scaled(10))

        async def told():
            return listener.unasked

        await self.eventually(told, bool, "a wake-up", LEASE / 2)
        self.assertEqual(listener.unasked[0][:2], [b"message", b"cache:product:1"])
        self.assertEqual((await self.entry("product:1")).status, "ready", "the wake-up comes with the fill")
        self.figure(woken_ms_after_the_release=self.ms(listener.last_received - began))

    async def test_a_value_without_meta_that_it_wrote_does_no_harm(self):
        await self.start()
        await self.redis.call("HSET", "cache:product:1", "data", "made by hand")
        await self.redis.call("PEXPIRE", "cache:product:1", 60000)
        for reader in self.readers.values():
            self.assertEqual(await self.version(reader, "product:1"), 1)
        self.assertEqual(self.origin.count(), 1)
