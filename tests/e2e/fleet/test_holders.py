# SPDX-License-Identifier: Apache-2.0
"""A holder of a lease that dies, freezes or leaves: others go on within a lease; it never overwrites newer values."""

import asyncio
import time

from support.fleet import LEASE, fleet_scenario, product
from support.options import scaled
from support.versioned_origin import parse_value

TAKEN_OVER = LEASE + 0.1    # seconds after the holder's end


class fleet_holders(fleet_scenario):
    async def during_a_load(self, count=3, **settings):
        """All daemons wait for product:1, whose load the origin holds back: the daemons and the holder."""
        origin = await self.start_versioned_origin(held=True)
        self.daemons = await self.start_fleet(count, origin=origin, **settings)
        self.readers = await self.one_reader_each(self.daemons)
        self.asked = {name: client.send("GET", "product:1") for name, client in self.readers.items()}
        first = await origin.wait_for(1)
        for daemon in self.daemons:
            await daemon.wait_for_waiters(1)
        return self.by_name(self.daemons, first.daemon)

    def others(self, holder):
        return [d for d in self.daemons if d is not holder]

    async def replies_of(self, daemons):
        return await asyncio.wait_for(asyncio.gather(*(self.asked[d.name] for d in daemons)), scaled(10))

    async def test_the_entry_names_the_holder_while_a_load_runs(self):
        await self.during_a_load()
        entry = await self.entry("product:1")
        self.assertEqual(entry.status, "refreshing")
        self.assertTrue(entry.lease.token and entry.lease.owner)
        now = await self.redis.call("TIME")
        left = entry.lease.deadline - int(now[0]) * 1000 - int(now[1]) // 1000
        self.assertTrue(0 < left <= LEASE * 1000, f"{left} ms left")
        await self.assert_all_mortal()
        self.origin.release()
        await self.replies_of(self.daemons)

    async def test_a_killed_holder_is_taken_over_within_a_lease(self):
        took = []
        for _ in range(3):
            holder = await self.during_a_load()
            killed = time.monotonic()
            await self.sigkill(holder)
            second = await self.origin.wait_for(2)
            took.append(second.began - killed)
            self.assertNotEqual(second.daemon, holder.name)
            self.origin.release()
            self.assertEqual(len(set(await self.replies_of(self.others(holder)))), 1)
            self.assertEqual(self.origin.count(), 2, "one of the others loads, and only one")
            await self.assert_all_mortal()
        self.figure(lease_ms=self.ms(LEASE), taken_over_after_ms=[round(self.ms(t)) for t in took])
        self.assertLess(max(took), LEASE + scaled(TAKEN_OVER - LEASE))

    async def test_a_frozen_holders_late_fill_is_refused(self):
        holder = await self.during_a_load()
        watch = await self.start_monitor(self.redis)
        self.freeze(holder)
        self.origin.bump("1")
        second = await self.origin.wait_for(2, deadline=LEASE + 5)
        self.origin.release()    # both are answered; the holder cannot see its answer yet
        for reply in await self.replies_of(self.others(holder)):
            self.assertEqual(parse_value(reply).version, 2)
        await self.wait_entry("product:1", lambda e: e.status == "ready", "stored")
        await asyncio.sleep(LEASE * 0.5)
        self.thaw(holder)
        await asyncio.wait_for(self.asked[holder.name], scaled(10))
        await self.assert_nothing_older_is_read(2, seconds=1.5)
        self.assertEqual(self.origin.count(), 2)
        self.assertEqual(len(watch.fills("cache:product:1")), 1, "only the second load's value was stored")
        self.assertEqual((await holder.metrics()).get("fills_total", result="fenced"), 1)
        self.figure(second_load_after_ms=self.ms(second.began - self.origin.loads[0].began))

    async def assert_nothing_older_is_read(self, version, seconds):
        """Neither through any daemon nor in Redis."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for client in self.readers.values():
                self.assertGreaterEqual(await self.version(client, "product:1"), version)
            self.assertGreaterEqual(parse_value((await self.entry("product:1")).data).version, version)
            await asyncio.sleep(0.02)

    async def test_a_frozen_holder_does_not_undo_a_deletion_that_it_slept_through(self):
        holder = await self.during_a_load(near_cache={"max_age": "1s"})
        self.freeze(holder)
        self.origin.bump("1")
        deleter = await self.connect(self.others(holder)[0])
        self.assertIn(await deleter.call("DEL", "product:1"), (0, 1))
        self.origin.release()
        self.assertEqual(await self.version(deleter, "product:1"), 2)
        self.thaw(holder)
        await asyncio.wait_for(self.asked[holder.name], scaled(10))
        await self.assert_nothing_older_is_read(2, seconds=1.5)

    async def test_sigterm_of_the_holder_gives_its_lease_back_at_once(self):
        routes = lambda origin, name: [product(origin, name)]  # noqa: E731
        holder = await self.during_a_load(routes=routes, store={"lease": "10s"}, drain="300ms")
        terminated = time.monotonic()
        holder.terminate()
        ended = asyncio.ensure_future(holder.ended(10))
        second = await self.origin.wait_for(2, deadline=5)
        took = second.began - terminated
        self.origin.release()
        await self.replies_of(self.others(holder))
        await ended
        self.figure(lease_ms=10000, drain_ms=300, taken_over_after_ms=self.ms(took))
        self.assertLess(took, 0.3 + scaled(0.3), "after the drain at the latest, not after the lease")
        self.assertEqual(self.origin.count(), 2)

    async def test_a_daemon_that_ends_leaves_no_lease(self):
        holder = await self.during_a_load(count=1, drain="100ms", store={"lease": "10s"})
        self.asked[holder.name].add_done_callback(lambda f: f.exception())
        holder.terminate()
        await holder.ended(10)
        entry = await self.entry("product:1")
        self.assertTrue(entry is None or entry.lease is None, f"left: {entry}")
        await self.assert_all_mortal()

    async def test_a_failed_load_is_told_to_the_whole_fleet_once(self):
        origin = await self.start_versioned_origin(delay=0.2, status={"1": 503})
        daemons = await self.start_fleet(3, origin=origin, routes=lambda o, name: [
            product(o, name, backoff={"first": "2s", "max": "2s"})])
        readers = await self.one_reader_each(daemons)
        replies = await asyncio.gather(*(c.call("GET", "product:1") for c in readers.values()))
        for reply in replies:
            self.assert_error(reply)
        again = await asyncio.gather(*(c.call("GET", "product:1") for c in readers.values()))
        for reply in again:
            self.assert_error(reply)
        self.assertEqual(origin.count(), 1, "no load before the back-off ends, by anybody")
        await self.assert_all_mortal()
