# SPDX-License-Identifier: Apache-2.0
"""`limit: { fleet: N }`: at most N loads of a route at once anywhere; a dead holder's place is free within a lease."""

import asyncio
import time

from support.fleet import LEASE, fleet_scenario, product
from support.options import scaled
from support.versioned_origin import parse_value

PLACES = 2


class fleet_limit(fleet_scenario):
    async def start(self, **origin):
        return await self.start_fleet(3, origin=await self.start_versioned_origin(**origin), routes=lambda o, name: [
            product(o, name, limit={"fleet": PLACES, "queue": 1024, "queue_timeout": "30s"})])

    async def test_the_origin_never_sees_more_than_the_fleets_limit(self):
        daemons = await self.start(delay=0.05)
        clients = [await self.connect(daemons[n % 3]) for n in range(30)]
        began = time.monotonic()
        asked = [c.send("GET", f"product:{n}") for n, c in enumerate(clients)]
        replies = await asyncio.wait_for(asyncio.gather(*asked), scaled(30))
        took = time.monotonic() - began
        for n, reply in enumerate(replies):
            self.assertEqual(parse_value(reply).key, str(n))
        self.assertEqual(self.origin.count(), 30)
        self.figure(keys=30, places=PLACES, most_at_once=self.origin.max_in_flight, ms=self.ms(took),
                    ideal_ms=30 / PLACES * 50)
        self.assertEqual(self.origin.max_in_flight, PLACES)
        await self.assert_all_mortal()
        self.assertEqual(await self.redis.immortal_keys("*"), [], "nor anything else that the limit keeps")

    async def test_a_killed_holders_place_is_free_within_a_lease(self):
        daemons = await self.start(held=True)
        clients = {d.name: await self.connect(d, 4) for d in daemons}
        for n, client in enumerate(c for own in clients.values() for c in own):
            client.send("GET", f"product:{n}").add_done_callback(lambda f: f.cancelled() or f.exception())
        first = await self.origin.wait_for(PLACES)
        await asyncio.sleep(0.2)
        self.assertEqual(self.origin.count(), PLACES)
        killed = time.monotonic()
        await self.sigkill(self.by_name(daemons, first.daemon))
        third = await self.origin.wait_for(PLACES + 1, deadline=LEASE + 5)
        self.figure(lease_ms=self.ms(LEASE), place_free_after_ms=self.ms(third.began - killed))
        self.assertLess(third.began - killed, LEASE + scaled(0.2))
        self.origin.release()
        for daemon in daemons:
            if daemon.name != first.daemon:
                await daemon.wait_idle()
        self.assertLessEqual(self.origin.max_in_flight, PLACES)

    async def test_a_limited_route_serves_stale_values_while_it_waits_for_a_place(self):
        daemons = await self.start_fleet(2, origin=await self.start_versioned_origin(), routes=lambda o, name: [
            product(o, name, ttl="100ms", limit={"fleet": 1, "queue_timeout": "30s"})])
        readers = await self.one_reader_each(daemons)
        for n in range(5):
            await self.version(readers["a"], f"product:{n}")
        await asyncio.sleep(0.2)
        self.origin.held = True
        asked = time.monotonic()
        for n in range(5):
            for reader in readers.values():
                self.assertEqual(await self.version(reader, f"product:{n}"), 1)
        self.assertLess(time.monotonic() - asked, scaled(0.5))
        self.origin.release()
        self.assertLessEqual(self.origin.max_in_flight, 1)
