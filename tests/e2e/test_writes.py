# SPDX-License-Identifier: Apache-2.0
"""A write or a deletion during a load wins: the value that was on its way is not stored."""

import asyncio

from support.daemon import http_route
from support.scenario import scenario

DELETIONS = [("DEL", "product:1"), ("UNLINK", "product:1"), ("FLUSHDB",), ("FLUSHALL",), ("DEL", "other", "product:1")]
WRITES = [("SET", "product:1", "written"), ("MSET", "product:1", "written"), ("SETEX", "product:1", "60", "written"),
          ("SET", "product:1", "written", "EX", "60"), ("SETNX", "product:1", "written"), ("GETSET", "product:1", "written")]


class writes(scenario):
    async def during_a_load(self):
        """A client that waits for product:1, whose load is at the origin, and another client."""
        self.origin = await self.start_gated_origin()
        self.daemon = await self.start_daemon(
            [http_route("product", self.origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"})])
        reader, other = await self.connect(self.daemon, 2)
        waiting = reader.send("GET", "product:1")
        await self.origin.call(0)
        return waiting, other

    async def test_after_a_deletion_during_a_load_readers_see_the_new_value(self):
        for new_first in (False, True):
            for command in DELETIONS:
                with self.subTest(command=command, new_first=new_first):
                    waiting, other = await self.during_a_load()
                    await other.call(*command)
                    later = other.send("GET", "product:1")
                    second = await self.origin.call(1)
                    if new_first:
                        second.release("new")
                        self.assertEqual(await asyncio.wait_for(later, 10), b"new")
                    self.origin.calls[0].release("old")
                    self.assertEqual(await asyncio.wait_for(waiting, 10), b"old")
                    if not new_first:
                        self.assertFalse(later.done())
                        second.release("new")
                        self.assertEqual(await asyncio.wait_for(later, 10), b"new")
                    self.assertEqual(await other.call("GET", "product:1"), b"new")
                    self.assertEqual(len(self.origin.calls), 2)
                    m = await self.daemon.wait_idle()
                    self.assertEqual(m.get("fills_total", result="fenced"), 1)
                    self.assertEqual(m.get("fills_total", result="stored"), 1)

    async def test_a_deletion_during_a_load_that_nobody_follows_leaves_nothing_stored(self):
        waiting, other = await self.during_a_load()
        await other.call("DEL", "product:1")
        self.origin.calls[0].release("old")
        self.assertEqual(await asyncio.wait_for(waiting, 10), b"old")
        await self.daemon.wait_idle()
        self.assertEqual((await self.daemon.metrics()).get("cache_entries"), 0)

    async def test_a_write_during_a_load_is_not_overwritten_by_it(self):
        for command in WRITES:
            with self.subTest(command=command):
                waiting, other = await self.during_a_load()
                await other.call(*command)
                self.assertEqual(await other.call("GET", "product:1"), b"written")
                self.origin.calls[0].release("old")
                self.assertIn(await asyncio.wait_for(waiting, 10), (b"old", b"written"))
                await self.daemon.wait_idle()
                self.assertEqual(await other.call("GET", "product:1"), b"written")
                self.assertEqual(len(self.origin.calls), 1)

    async def test_a_deletion_during_a_refresh_is_not_undone_by_it(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, http={"timeout": "1m"}, ttl="1ms", wait={"timeout": "1m"})])
        client = await self.connect(daemon)
        first = client.send("GET", "product:1")
        (await origin.call(0)).release("one")
        self.assertEqual(await asyncio.wait_for(first, 10), b"one")
        await asyncio.sleep(0.01)
        self.assertEqual(await client.call("GET", "product:1"), b"one")    # stale; starts a refresh
        refresh = await origin.call(1)
        self.assertEqual(await client.call("DEL", "product:1"), 1)
        later = client.send("GET", "product:1")
        third = await origin.call(2)
        refresh.release("two")
        await daemon.wait_until(lambda m: m.get("flights") == 1, "the refresh ends")
        self.assertFalse(later.done())
        third.release("three")
        self.assertEqual(await asyncio.wait_for(later, 10), b"three")

    async def test_readers_after_a_deletion_see_the_version_that_the_origin_had_before_it(self):
        origin = await self.start_origin()
        await origin.set(delay="50ms")
        daemon = await self.start_daemon([http_route("product", origin.port)])
        readers, writer = await self.connect(daemon, 10), await self.connect(daemon)
        for version in range(2, 22):
            old = [r.send("GET", "product:1") for r in readers]
            await daemon.wait_until(lambda m: m.get("waiters") > 0, "waiters")
            await origin.set(version=version)
            await writer.call("DEL", "product:1")
            new = [r.send("GET", "product:1") for r in readers]
            await asyncio.wait_for(asyncio.gather(*old), 10)
            for reply in await asyncio.wait_for(asyncio.gather(*new), 10):
                self.assertIn(b'"version":%d' % version, reply)
            await writer.call("DEL", "product:1")
