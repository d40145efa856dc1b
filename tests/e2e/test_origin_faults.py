# SPDX-License-Identifier: Apache-2.0
"""An origin that misbehaves: one attempt per back-off window, one clear answer for all who wait, and nothing hangs."""

import asyncio
import time

from support.daemon import http_route
from support.options import scaled
from support.resp import gather
from support.scenario import scenario

WAITERS = 50
TIMEOUT = 0.4     # of a load
BACKOFF = 0.7     # up to a fifth shorter
REASONS = {"500": "HTTP 500", "hang": "no answer within 400 ms", "close": "connection closed without an answer",
           "half": "answer cut short", "endless": "answer larger than 1048576 bytes", "chunked-cut": "", "slow": "answer not complete"}


def route(origin, **settings):
    terms = {"timeout": f"{int(TIMEOUT * 1000)}ms", "max_body": "1MiB"}
    return http_route("product", origin.port, http=terms, backoff={"first": "700ms", "max": "700ms"}, **settings)


class origin_faults(scenario):
    async def ask_all(self, clients, key):
        return await gather([c.send("GET", key) for c in clients], TIMEOUT + scaled(5))

    async def hammer(self, client, key, seconds, expected):
        """Asks without a pause; every reply must be as expected. Returns how often."""
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            expected(await client.call("GET", key))
            count += 1
        return count

    async def cold_key(self, mode, warm):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin)])
        clients = await self.connect(daemon, WAITERS)
        if warm:    # every worker keeps a connection to the origin
            await clients[0].pipeline([("GET", f"product:warm{i}") for i in range(20)])
        await origin.set(mode=mode, delay="150ms")    # so that all wait for the one load
        replies = await self.ask_all(clients, "product:1")
        failed_at = time.monotonic()
        for reply in replies:
            self.assert_error(reply, "herdgate: route 'product': load failed: " + REASONS[mode])
        self.assertEqual(len({r.text for r in replies}), 1, "all waiters are told the same")
        self.assertEqual(await origin.calls("1"), 1, "one attempt for all who wait")

        def backing_off(reply):
            self.assert_error(reply, replies[0].text, "next attempt in")

        asked = await self.hammer(clients[0], "product:1", BACKOFF * 0.8 - (time.monotonic() - failed_at) - 0.05, backing_off)
        self.assertGreater(asked, 10)
        self.assertEqual(await origin.calls("1"), 1, "one attempt in the back-off window")
        await origin.set(mode="ok", delay="0ms")
        await asyncio.sleep(max(0, failed_at + BACKOFF + 0.05 - time.monotonic()))
        self.assertEqual(len(set(await self.ask_all(clients, "product:1"))), 1)
        self.assertIn(b'"id":"1"', await clients[0].call("GET", "product:1"))
        self.assertEqual(await origin.calls("1"), 2)
        self.figure(waiters=WAITERS, asked_while_backing_off=asked, origin_calls_in_window=1)

    async def stale_key(self, mode):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin, ttl="200ms", stale={"while_revalidate": 0, "if_error": "1h"})])
        clients = await self.connect(daemon, WAITERS)
        old = await clients[0].call("GET", "product:1")
        await origin.set(mode=mode)
        await asyncio.sleep(0.25)
        self.assertEqual(set(await self.ask_all(clients, "product:1")), {old})
        failed_at = time.monotonic()
        self.assertEqual(await origin.calls("1"), 2)
        asked = await self.hammer(clients[0], "product:1", BACKOFF * 0.8 - (time.monotonic() - failed_at) - 0.05,
                                  lambda reply: self.assertEqual(reply, old))
        self.assertGreater(asked, 10)
        self.assertEqual(await origin.calls("1"), 2, "one attempt in the back-off window")
        await origin.set(mode="ok", version=2)
        await asyncio.sleep(max(0, failed_at + BACKOFF + 0.05 - time.monotonic()))
        for reply in await self.ask_all(clients, "product:1"):
            self.assertIn(b'"version":2', reply)

    async def test_a_404_is_nil_for_all_and_remembered_for_its_ttl(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin, negative={"ttl": "1s"})])
        clients = await self.connect(daemon, WAITERS)
        await origin.set(mode="404")
        self.assertEqual(set(await self.ask_all(clients, "product:1")), {None})
        answered = time.monotonic()
        asked = await self.hammer(clients[0], "product:1", 0.9 - (time.monotonic() - answered), self.assertIsNone)
        self.assertEqual(await origin.calls("1"), 1)
        m = await daemon.metrics()
        self.assertGreaterEqual(m.get("cache_negative_hits_total", route="product"), asked)
        await origin.set(mode="ok")
        await asyncio.sleep(max(0, answered + 1.05 - time.monotonic()))
        self.assertIn(b'"id":"1"', await clients[0].call("GET", "product:1"))
        self.assertEqual(await origin.calls("1"), 2)
        self.figure(asked_while_remembered=asked, origin_calls=1)

    async def test_a_404_takes_the_place_of_a_stale_value(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin, ttl="200ms", stale={"while_revalidate": 0, "if_error": "1h"})])
        client = await self.connect(daemon)
        self.assertIn(b'"id":"1"', await client.call("GET", "product:1"))
        await origin.set(mode="404")
        await asyncio.sleep(0.25)
        self.assertIsNone(await client.call("GET", "product:1"))
        self.assertIsNone(await client.call("GET", "product:1"))
        self.assertEqual(await origin.calls("1"), 2)

    async def test_an_origin_that_cannot_be_reached_is_a_clear_error_at_once(self):
        origin = await self.start_gated_origin()
        origin.server.close()
        await origin.server.wait_closed()
        daemon = await self.start_daemon([route(origin)])
        client = await self.connect(daemon)
        began = time.monotonic()
        self.assert_error(await client.call("GET", "product:1"), "load failed: cannot connect: Connection refused")
        self.assertLess(time.monotonic() - began, scaled(0.5))

    async def test_connections_that_the_origin_closed_while_they_were_idle_cost_no_failed_load(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin)])
        client = await self.connect(daemon)
        await client.pipeline([("GET", f"product:{i}") for i in range(20)])
        await origin.stop()
        again = await self.start_origin(origin.port)
        for reply in await client.pipeline([("GET", f"product:{i}") for i in range(20, 60)]):
            self.assertIn(b'"load":1,', reply)
        self.assertEqual(await again.calls(), 40)

    async def test_an_endless_answer_costs_no_more_memory_than_its_limit(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([route(origin)])
        client = await self.connect(daemon)
        before = (await daemon.metrics()).get("process_resident_memory_bytes")
        await origin.set(mode="endless")
        for i in range(20):
            self.assert_error(await client.call("GET", f"product:{i}"), "answer larger than")
        grown = (await daemon.metrics()).get("process_resident_memory_bytes") - before
        self.figure(loads=20, resident_memory_grown_mib=grown / 2**20)
        self.assertLess(grown, scaled(64 * 2**20))
        await origin.wait_until(lambda s: s["in_flight"] == 0, "the cut-off answers end")


def add(name, check, *arguments):
    async def run(self):
        await check(self, *arguments)

    run.__name__ = "test_origin_fault_" + name
    setattr(origin_faults, run.__name__, run)


for fault in REASONS:
    word = fault.replace("-", "_")
    add(f"{word}_on_a_cold_key_is_one_error_for_all_and_one_attempt_per_window", origin_faults.cold_key, fault, False)
    add(f"{word}_over_a_kept_connection_is_one_error_for_all_and_one_attempt_per_window", origin_faults.cold_key, fault, True)
    add(f"{word}_with_a_stale_value_serves_it_to_all", origin_faults.stale_key, fault)
