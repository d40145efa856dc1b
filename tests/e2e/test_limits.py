# SPDX-License-Identifier: Apache-2.0
"""What a route and the daemon allow: patience, loads at once, the queue for them, waiters, clients."""

import asyncio
import time

from support.daemon import http_route
from support.options import scaled
from support.process import memory_peak
from support.resp import connect, error, gather
from support.scenario import scenario


class waiting(scenario):
    async def out_of_patience(self, then):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon(
            [http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "300ms", "then": then})])
        clients = await self.connect(daemon, 50)
        began = time.monotonic()
        replies = await gather([c.send("GET", "product:1") for c in clients], scaled(5))
        took = max(c.last_received for c in clients) - began
        self.assertGreater(took, 0.29)
        self.assertLess(took, 0.3 + scaled(0.2))
        self.assertEqual((await daemon.metrics()).get("cache_wait_timeouts_total"), 50)
        # The load goes on, and fills.
        self.assertEqual(len(origin.calls), 1)
        origin.calls[0].release("late")
        await daemon.wait_idle()
        self.assertEqual(await clients[0].call("GET", "product:1"), b"late")
        self.assertEqual(len(origin.calls), 1)
        self.figure(patience_ms=300, last_reply_ms=took * 1000)
        return replies

    async def test_a_reader_whose_patience_ends_gets_an_error_and_the_load_goes_on(self):
        for reply in await self.out_of_patience("error"):
            self.assert_error(reply, "herdgate: route 'product': no value after 300 ms")

    async def test_a_reader_whose_patience_ends_gets_nil_where_the_route_says_so(self):
        self.assertEqual(set(await self.out_of_patience("nil")), {None})

    async def test_a_reader_whose_patience_ends_gets_the_stale_value_if_there_is_one(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon(
            [http_route("product", origin.port, http={"timeout": "1m"}, ttl="1ms", stale={"while_revalidate": 0, "if_error": "1h"},
                        wait={"timeout": "300ms"})])
        client = await self.connect(daemon)
        first = client.send("GET", "product:1")
        (await origin.call(0)).release("old")
        self.assertEqual(await asyncio.wait_for(first, scaled(5)), b"old")
        await asyncio.sleep(0.01)
        self.assertEqual(await client.call("GET", "product:1"), b"old")
        self.assertEqual((await daemon.metrics()).get("cache_stale_on_error_total"), 1)

    async def test_one_waiter_too_many_is_refused_at_once(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon(
            [http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m", "waiters": 10})])
        clients = await self.connect(daemon, 12)
        futures = [c.send("GET", "product:1") for c in clients[:10]]
        await daemon.wait_for_waiters(10)
        for client in clients[10:]:
            self.assert_error(await client.call("GET", "product:1", deadline=scaled(2)), "too many clients wait for this key")
        origin.calls[0].release("x")
        self.assertEqual(set(await gather(futures, scaled(5))), {b"x"})
        m = await daemon.metrics()
        self.assertEqual(m.get("cache_refused_total"), 2)
        self.assertEqual(m.get("cache_lookups_total"), 12)


class loads(scenario):
    async def test_five_hundred_cold_keys_are_loaded_at_the_routes_concurrency(self):
        origin = await self.start_origin()
        await origin.set(delay="20ms")
        daemon = await self.start_daemon(
            [http_route("product", origin.port, wait={"timeout": "30s"}, limit={"concurrency": 8, "queue_timeout": "30s"})])
        clients = await self.connect(daemon, 10)
        began = time.monotonic()
        replies = await gather([clients[i % 10].send("GET", f"product:{i}") for i in range(500)], scaled(30))
        for i, reply in enumerate(replies):
            self.assertIn(b'"id":"%d"' % i, reply)
        stats = await origin.stats()
        self.assertEqual((stats["total"], stats["max_in_flight"]), (500, 8))
        self.figure(keys=500, max_in_flight=stats["max_in_flight"], seconds=time.monotonic() - began)

    async def test_a_load_beyond_the_queue_is_an_error_at_once(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon(
            [http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"},
                        limit={"concurrency": 2, "queue": 3, "queue_timeout": "1m"})])
        client, other = await self.connect(daemon, 2)
        futures = [client.send("GET", f"product:{i}") for i in range(5)]
        await daemon.wait_until(lambda m: (m.get("loads_in_flight"), m.get("load_queue_length")) == (2, 3), "2 loads, 3 queued")
        began = time.monotonic()
        for i in range(5, 10):
            self.assert_error(await other.call("GET", f"product:{i}"), "too many loads are waiting for their turn")
        took = time.monotonic() - began
        self.assertLess(took, scaled(0.2))
        for i in range(5):
            (await origin.call(i)).release("x")
        self.assertEqual(await gather(futures, scaled(10)), [b"x"] * 5)
        m = await daemon.wait_idle()
        self.assertEqual((m.get("loads_total", outcome="rejected"), m.get("loads_total", outcome="ok")), (5, 5))
        self.assertEqual((m.get("loads_in_flight"), m.get("load_queue_length")), (0, 0))
        self.figure(five_refusals_ms=took * 1000)

    async def test_a_load_that_waits_too_long_for_its_turn_is_an_error(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon(
            [http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"},
                        limit={"concurrency": 1, "queue_timeout": "300ms"})])
        client, other = await self.connect(daemon, 2)
        first = client.send("GET", "product:1")
        await origin.call(0)
        began = time.monotonic()
        self.assert_error(await other.call("GET", "product:2"), "waited too long for its turn")
        self.assertLess(time.monotonic() - began, 0.3 + scaled(0.2))
        origin.calls[0].release("x")
        self.assertEqual(await asyncio.wait_for(first, scaled(5)), b"x")
        third = other.send("GET", "product:3")    # the permit is free again
        (await origin.call(1)).release("y")
        self.assertEqual(await asyncio.wait_for(third, scaled(5)), b"y")


class clients(scenario):
    async def test_one_client_too_many_is_told_so_and_room_comes_back(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port)], limits={"clients": 5})
        for _ in range(3):
            inside = await self.connect(daemon, 5)
            for _ in range(20):
                outside = await connect(daemon.port)
                await outside.wait_closed(scaled(5))
                self.assertEqual([r.text for r in outside.unasked if isinstance(r, error)], ["ERR max number of clients reached"])
            inside[0].close()
            await daemon.wait_until(lambda m: m.get("client_connections") == 4, "a client has gone")
            again = await self.connect(daemon)
            self.assertIn(b'"id":"1"', await again.call("GET", "product:1"))
            for client in inside + [again]:
                client.close()
            await daemon.wait_until(lambda m: m.get("client_connections") == 0, "all clients have gone")
        m = await daemon.metrics()
        self.assertEqual(m.get("client_connections_rejected_total", reason="max_clients"), 60)
        self.assertEqual(m.get("client_connections_accepted_total"), 18)

    async def test_a_client_that_reads_nothing_costs_no_more_than_its_output_limit(self):
        origin = await self.start_origin()
        await origin.set(size=1_000_000)
        daemon = await self.start_daemon([http_route("product", origin.port)], limits={"output": "4MiB"})
        reader = await self.connect(daemon)
        self.assertEqual(len(await reader.call("GET", "product:1")), 1_000_000)
        deaf = await self.connect(daemon)
        deaf.transport.pause_reading()
        before = memory_peak(daemon.pid)
        for future in deaf.send_raw(b"GET product:1\r\n" * 2000, 2000):
            future.add_done_callback(lambda f: f.exception())
        await daemon.wait_until(lambda m: m.get("cache_lookups_total") > 1, "the first of its commands")
        for _ in range(20):    # meanwhile others are served
            self.assertEqual(len(await reader.call("GET", "product:1")), 1_000_000)
        grown = memory_peak(daemon.pid) - before
        self.figure(asked_for_mib=2000, memory_grown_mib=grown / 2**20)
        self.assertLess(grown, scaled(16 * 2**20))
