# SPDX-License-Identifier: Apache-2.0
"""A flood of cold keys: the origin sees as many loads as the route allows, the rest is refused at once, memory stays bounded."""

import asyncio
import time
from collections import Counter

from support.daemon import http_route
from support.herd import percentile
from support.options import scaled
from support.process import memory_peak
from support.resp import encode, error
from support.scenario import scenario

KEYS = 100_000
CLIENTS = 10
CONCURRENCY, QUEUE = 64, 1024
LOAD = 0.05    # seconds


class flood(scenario):
    async def one_client(self, client, number):
        """Asks for its share of the keys, each once, as fast as the daemon takes them."""
        asked = b"".join(encode("GET", f"product:{key}") for key in range(number, KEYS, CLIENTS))
        return await asyncio.wait_for(asyncio.gather(*client.send_raw(asked, KEYS // CLIENTS)), scaled(60))

    def route(self, origin):
        patience = f"{round(scaled(20))}s"    # what is refused is refused for want of room, not after a wait
        return http_route("product", origin.port, http={"timeout": patience}, wait={"timeout": patience},
                          limit={"concurrency": CONCURRENCY, "queue": QUEUE, "queue_timeout": patience})

    async def test_a_hundred_thousand_cold_keys_the_origin_sees_64_at_once_and_the_rest_is_refused(self):
        origin = await self.start_origin()
        await origin.set(delay=f"{round(LOAD * 1000)}ms")
        daemon = await self.start_daemon([self.route(origin)], store={"max_memory": "64MiB"})
        clients, other = await self.connect(daemon, CLIENTS), await self.connect(daemon)
        before, began = memory_peak(daemon.pid), time.monotonic()
        replies = await asyncio.gather(*(self.one_client(c, n) for n, c in enumerate(clients)))
        took = time.monotonic() - began
        m, stats = await daemon.wait_idle(), await origin.stats()
        kinds = Counter(r.text if isinstance(r, error) else "value" for part in replies for r in part)
        peak, after = memory_peak(daemon.pid), m.get("process_resident_memory_bytes")
        self.figure(keys=KEYS, seconds=took, origin_calls=stats["total"], most_at_once=stats["max_in_flight"],
                    values=kinds["value"], refused=KEYS - kinds["value"], resident_before_mib=before / 2**20,
                    resident_peak_mib=peak / 2**20, resident_after_mib=after / 2**20)
        self.assertEqual(stats["max_in_flight"], CONCURRENCY)
        self.assertEqual(stats["total"], m.get("loads_total", outcome="ok"))
        self.assertGreaterEqual(kinds.pop("value"), CONCURRENCY + QUEUE)
        for text in kinds:
            self.assertIn("ERR herdgate: route 'product': load failed: too many loads are waiting for their turn", text)
        self.assertEqual(set(m.get("loads_total", outcome=end) for end in ("error", "timeout", "not_found")), {0})
        # The replies themselves and 64 MiB of entries are in it; what a flood may not do is grow with its length.
        self.assertLess(peak - before, scaled(160 * 2**20))
        self.assertIn(b'"id":"after"', await other.call("GET", "product:after"))

    async def test_with_64_loads_and_1024_that_wait_the_next_key_is_refused_at_once(self):
        origin = await self.start_origin()
        await origin.set(delay=f"{round(scaled(2000))}ms")
        daemon = await self.start_daemon([self.route(origin)])
        clients, other = await self.connect(daemon, CLIENTS), await self.connect(daemon)
        for number, client in enumerate(clients):
            asked = b"".join(encode("GET", f"product:{key}") for key in range(number, CONCURRENCY + QUEUE, CLIENTS))
            for future in client.send_raw(asked, len(range(number, CONCURRENCY + QUEUE, CLIENTS))):
                future.add_done_callback(lambda f: f.exception())
        await daemon.wait_until(
            lambda m: (m.get("loads_in_flight"), m.get("load_queue_length")) == (CONCURRENCY, QUEUE), "a full queue", 5)
        took = []
        for key in range(500):
            began = time.monotonic()
            self.assert_error(await other.call("GET", f"product:more-{key}"), "too many loads are waiting for their turn")
            took.append(time.monotonic() - began)
        self.figure(refused=len(took), p50_ms=percentile(took, 0.5) * 1000, p99_ms=percentile(took, 0.99) * 1000,
                    max_ms=max(took) * 1000)
        self.assertLess(percentile(took, 0.99), scaled(0.02))
        self.assertEqual((await origin.stats())["max_in_flight"], CONCURRENCY)
