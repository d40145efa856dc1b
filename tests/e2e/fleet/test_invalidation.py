# SPDX-License-Identifier: Apache-2.0
"""The invalidation channel and the refresh stream: anybody may tell the fleet, by Redis alone, what is out of date."""

import asyncio
import json
import time

from support.fleet import LEASE, fleet_scenario, product
from support.options import scaled

CHANNEL = "cache_invalidation"
STREAM = "cache_refresh"
TOLD = 0.2    # seconds within which every daemon has acted on a message


class invalidation_channel(fleet_scenario):
    async def start(self, **settings):
        self.daemons = await self.start_fleet(3, routes=lambda o, name: [
            product(o, name, **settings), product(o, name, route="other", match="other:{id}", **settings)])
        self.readers = await self.one_reader_each(self.daemons)
        for key in ("product:1", "product:2", "other:3"):
            for reader in self.readers.values():
                await self.version(reader, key)
        for key in "123":
            self.origin.bump(key)
        self.before = self.origin.count()

    async def tell(self, **message):
        receivers = await self.redis.call("PUBLISH", CHANNEL, json.dumps(message))
        self.assertGreaterEqual(receivers, 3, "every daemon listens")
        await asyncio.sleep(scaled(TOLD))

    async def versions(self, key):
        return [await self.version(reader, key) for reader in self.readers.values()]

    async def test_a_key_is_deleted_everywhere(self):
        await self.start()
        await self.tell(key="product:1")
        self.assertIsNone(await self.entry("product:1"))
        self.assertEqual(await self.versions("product:1"), [2, 2, 2])
        self.assertEqual(await self.versions("product:2"), [1, 1, 1], "others are untouched")
        self.assertEqual(self.origin.count() - self.before, 1)

    async def test_a_deletion_that_redis_has_to_be_taught_anew_leaves_no_copy(self):
        """After SCRIPT FLUSH: between the first attempt and the second one, readers look the entry up."""
        [daemon] = await self.start_fleet(1, routes=lambda o, name: [product(o, name, ttl="100s")])
        readers = [await self.connect(daemon) for _ in range(4)]

        async def read():
            return {await self.version(reader, "product:1") for reader in readers}

        await read()
        for version in range(2, 22):
            self.origin.bump("1")
            await self.redis.call("SCRIPT", "FLUSH")
            asked = [reader.pipeline([("GET", "product:1")] * 2000) for reader in readers]
            told = self.redis.call("PUBLISH", CHANNEL, json.dumps({"key": "product:1", "mode": "delete"}))
            await asyncio.gather(*asked, told)
            await self.eventually(read, lambda seen: seen == {version}, f"nobody reads what was before version {version}")

    async def test_several_keys_are_deleted_by_one_message(self):
        await self.start()
        await self.tell(keys=["product:1", "other:3"], mode="delete")
        self.assertEqual(await self.versions("product:1") + await self.versions("other:3"), [2] * 6)
        self.assertEqual(await self.versions("product:2"), [1, 1, 1])
        self.assertEqual(self.origin.count() - self.before, 2)

    async def test_a_whole_route_is_invalidated(self):
        await self.start()
        await self.tell(route="product")
        self.assertEqual(await self.versions("product:1") + await self.versions("product:2"), [2] * 6)
        self.assertEqual(await self.versions("other:3"), [1, 1, 1])
        self.assertEqual(self.origin.count() - self.before, 2)

    async def test_what_has_a_tag_is_invalidated_whatever_its_key_and_route(self):
        await self.start(tags=["group:{id}", "all"])
        await self.tell(tag="group:1")
        self.assertEqual(await self.versions("product:1"), [2, 2, 2])
        self.assertEqual(await self.versions("product:2") + await self.versions("other:3"), [1] * 6, "others are untouched")
        self.assertEqual(self.origin.count() - self.before, 1)
        await self.tell(tag="all", mode="stale")
        self.assertIn(1, await self.versions("product:2"), "served once more while it is refreshed")
        await asyncio.sleep(scaled(TOLD))
        self.assertEqual(await self.versions("product:2"), [2, 2, 2])

    async def test_a_stale_mark_serves_the_old_value_once_more_and_refreshes(self):
        await self.start()
        await self.tell(key="product:1", mode="stale")
        self.assertEqual(self.origin.count(), self.before, "nothing is loaded before somebody asks")
        self.assertEqual(await self.version(self.readers["a"], "product:1"), 1)
        await self.origin.wait_for(self.before + 1)
        await self.wait_entry("product:1", lambda e: e.data.startswith(b"1|2|"), "refreshed")
        await asyncio.sleep(0.1)
        self.assertEqual(await self.versions("product:1"), [2, 2, 2])
        self.assertEqual(self.origin.count() - self.before, 1)

    async def test_a_refresh_loads_once_in_the_fleet_without_a_reader(self):
        await self.start()
        await self.tell(key="product:1", mode="refresh")
        await self.origin.wait_for(self.before + 1)
        await self.wait_entry("product:1", lambda e: e.data.startswith(b"1|2|"), "refreshed")
        await asyncio.sleep(0.1)
        self.assertEqual(await self.versions("product:1"), [2, 2, 2])
        self.assertEqual(self.origin.count() - self.before, 1)

    async def test_the_route_says_what_a_message_without_a_mode_means(self):
        await self.start(invalidate="refresh")
        await self.tell(key="product:1")
        await self.wait_entry("product:1", lambda e: e.data.startswith(b"1|2|"), "refreshed")
        self.assertEqual(self.origin.count() - self.before, 1)

    async def test_a_message_during_a_load_wins_over_it(self):
        await self.start()
        self.origin.held = True
        waiting = self.readers["a"].send("GET", "product:9")
        await self.origin.wait_for(self.before + 1)
        self.origin.bump("9")
        await self.tell(key="product:9")
        later = (await self.connect(self.daemons[0])).send("GET", "product:9")
        await self.origin.wait_for(self.before + 2)
        self.origin.release()
        await asyncio.wait_for(waiting, scaled(10))
        self.assertTrue((await asyncio.wait_for(later, scaled(10))).startswith(b"9|2|"))
        self.assertEqual(await self.versions("product:9"), [2, 2, 2])

    async def test_messages_that_make_no_sense_do_no_harm(self):
        await self.start()
        for text in ("", "{", "[]", '{"key": 1}', '{"keys": {}}', '{"mode": "explode", "key": "product:1"}',
                     '{"key": "unrouted"}', '{"route": "none"}', "\xff" * 100, '{"keys": ["' + "x" * 100_000 + '"]}'):
            await self.redis.call("PUBLISH", CHANNEL, text)
        await asyncio.sleep(TOLD)
        self.assertEqual(await self.versions("product:2"), [1, 1, 1])
        await self.tell(key="product:2")
        self.assertEqual(await self.versions("product:2"), [2, 2, 2])


class refresh_stream(fleet_scenario):
    async def start(self, **settings):
        settings = {"backoff": {"first": "50ms", "max": "100ms"}, **settings}
        self.daemons = await self.start_fleet(3, fleet={"refresh_stream": STREAM},
                                              routes=lambda o, name: [product(o, name, **settings)])

    async def add(self, key):
        return await self.redis.call("XADD", STREAM, "*", "key", key)

    async def groups(self):
        """The stream's consumer groups, each as a dictionary."""
        listed = await self.redis.call("XINFO", "GROUPS", STREAM)
        return [dict(zip(group[::2], group[1::2])) for group in listed]

    async def wait_done(self, deadline=10.0):
        """Until no job is pending or unread in any group."""
        def done(groups):
            return groups and all(g[b"pending"] == 0 and not g.get(b"lag") for g in groups)

        return await self.eventually(self.groups, done, "no job is left", deadline)

    async def test_each_job_is_done_once_in_the_fleet(self):
        await self.start()
        for n in range(30):
            await self.add(f"product:{n}")
        await self.wait_done()
        self.assertEqual({self.origin.count(str(n)) for n in range(30)}, {1})
        for n in range(30):
            self.assertEqual((await self.entry(f"product:{n}")).status, "ready")
        self.figure(jobs=30, by_daemon={d.name: self.origin.count(daemon=d.name) for d in self.daemons})

    async def test_a_job_replaces_a_fresh_value(self):
        await self.start()
        reader = await self.connect(self.daemons[0])
        self.assertEqual(await self.version(reader, "product:1"), 1)
        self.origin.bump("1")
        await self.add("product:1")
        await self.wait_entry("product:1", lambda e: e.data.startswith(b"1|2|"), "refreshed")
        await self.wait_done()
        self.assertEqual(self.origin.count(), 2)

    async def test_a_dead_workers_job_is_taken_over(self):
        await self.start()
        self.origin.held = True
        began = time.monotonic()
        await self.add("product:1")
        first = await self.origin.wait_for(1)
        await self.sigkill(self.by_name(self.daemons, first.daemon))
        second = await self.origin.wait_for(2, deadline=60)
        self.assertNotEqual(second.daemon, first.daemon)
        self.origin.release()
        await self.wait_entry("product:1", lambda e: e and e.status == "ready", "done by somebody else", 10)
        await self.wait_done(60)
        self.figure(lease_ms=self.ms(LEASE), taken_over_after_ms=self.ms(second.began - began))

    async def test_a_job_that_keeps_failing_is_parked_and_holds_up_no_other(self):
        await self.start()
        self.origin.status["poison"] = 500
        await self.add("product:poison")
        await self.add("product:1")
        await self.wait_entry("product:1", lambda e: e and e.status == "ready", "done in spite of the other")
        await self.wait_done(60)
        calls = self.origin.count("poison")
        await asyncio.sleep(1)
        self.assertEqual(self.origin.count("poison"), calls, "nobody tries it any more")
        parked = [name for name in await self.redis.scan(STREAM + "*") if name != STREAM.encode()]
        held = [await self.redis.call("XRANGE", name, "-", "+") for name in parked]
        self.assertIn(b"product:poison", [word for jobs in held for _, fields in jobs for word in fields])
        self.figure(calls=calls, parked_in=[name.decode() for name in parked])
        self.assertLessEqual(calls, 20)

    async def test_jobs_that_make_no_sense_do_no_harm(self):
        await self.start()
        await self.redis.call("XADD", STREAM, "*", "no", "key")
        await self.redis.call("XADD", STREAM, "*", "key", "unrouted:1")
        await self.redis.call("XADD", STREAM, "*", "key", "")
        await self.add("product:1")
        await self.wait_entry("product:1", lambda e: e and e.status == "ready", "done")
        await self.wait_done(60)
