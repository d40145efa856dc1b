# SPDX-License-Identifier: Apache-2.0
"""Policies in the running daemon: keys warmed at the start, dry runs, tags, clients that load, clients' writes, the breaker."""

import asyncio
import pathlib

from support.daemon import http_route
from support.scenario import scenario


class policies(scenario):
    async def test_keys_are_warm_before_anybody_asks(self):
        origin = await self.start_origin()
        hot = pathlib.Path(self.folder) / "hot.txt"
        hot.write_text("# the hot ones\nproduct:3\r\n\nproduct:4\nother:5\n")
        route = http_route("product", origin.port, ttl="1h", warm={"keys": ["product:1", "product:2"], "file": str(hot), "rate": 1000})
        daemon = await self.start_daemon([route])
        await daemon.wait_until(lambda m: m.get("warm_keys_total", route="product", result="loaded") == 4, "four warm keys", 20)
        client = await self.connect(daemon)
        for i in range(1, 5):
            self.assertIn(f'"id":"{i}"'.encode(), await client.call("GET", f"product:{i}"))
        m = await daemon.wait_until(lambda m: m.get("warm_keys_total", result="failed") == 1, "one key of no route", 20)
        self.assertEqual(m.get("cache_hits_total", route="product"), 4)
        self.assertEqual((await origin.stats())["total"], 4)

    async def test_warming_is_paced(self):
        origin = await self.start_origin()
        keys = [f"product:{i}" for i in range(40)]
        daemon = await self.start_daemon([http_route("product", origin.port, ttl="1h", warm={"keys": keys, "rate": 20})])
        began = asyncio.get_running_loop().time()
        await daemon.wait_until(lambda m: m.get("warm_keys_total", result="loaded") == 40, "forty warm keys", 30)
        self.assertGreater(asyncio.get_running_loop().time() - began, 1.0, "forty keys at twenty a second take nearly two")

    async def test_a_missing_file_of_warm_keys_stops_nothing(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, warm={"file": "/no/such/file"})])
        client = await self.connect(daemon)
        self.assertIn(b'"id"', await client.call("GET", "product:1"))

    async def test_a_dry_run_does_nothing_but_count(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, dry_run=True, ttl="1h")])
        one, two = await self.connect(daemon, 2)
        self.assertIsNone(await one.call("GET", "product:1"), "nobody has stored it")
        self.assertIsNone(await two.call("GET", "product:1"))
        await one.call("SET", "product:1", "computed")
        self.assertEqual(await two.call("GET", "product:1"), b"computed")
        m = await daemon.metrics()
        reads = {o: m.get("dry_run_reads_total", route="product", outcome=o) for o in ("miss", "coalesced", "hit", "stale")}
        self.assertEqual(reads, {"miss": 1, "coalesced": 1, "hit": 1, "stale": 0})
        self.assertEqual(m.get("dry_run_loads_total", route="product"), 1)
        self.assertEqual((await origin.stats())["total"], 0)
        self.assertEqual(m.get("cache_lookups_total", route="product"), 0)

    async def test_a_tag_of_the_answers_invalidates_all_that_have_it(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, ttl="1h"),
                                          http_route("list", origin.port, ttl="1h", tags=["cat-{id}"])])
        client = await self.connect(daemon)
        await origin.set(headers="Surrogate-Key: cat-7 all")
        await client.call("GET", "product:1")
        await origin.set(headers="")
        await client.pipeline([("GET", "product:2"), ("GET", "list:7")])
        self.assertEqual((await origin.stats())["total"], 3)
        self.assertEqual(await client.call("HERDGATE", "INVALIDATE", "TAG", "cat-7"), "OK")
        await client.pipeline([("GET", "product:1"), ("GET", "product:2"), ("GET", "list:7")])
        self.assertEqual((await origin.stats())["total"], 5)
        await client.call("HERDGATE", "INVALIDATE", "TAG", "cat-7", "STALE")
        self.assertIn(b'"id":"7"', await client.call("GET", "list:7"), "the old value, at once")
        self.assert_error(await client.call("HERDGATE", "INVALIDATE", "TAG", "x", "y"), "syntax error")

    async def test_one_client_loads_and_the_others_wait_for_it(self):
        daemon = await self.start_daemon([{"name": "session", "match": "session:{id}", "load": "client", "lease": "2s", "ttl": "1h"}])
        clients = await self.connect(daemon, 20)
        asked = [asyncio.ensure_future(c.call("GET", "session:1")) for c in clients]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        self.assertEqual([t.result() for t in done], [None])
        await daemon.wait_until(lambda m: m.get("waiters") == 19, "nineteen wait")
        leader = clients[asked.index(next(iter(done)))]
        self.assertEqual(await leader.call("SETEX", "session:1", "100", "made"), "OK")
        self.assertEqual(await asyncio.gather(*waiting), [b"made"] * 19)
        m = await daemon.wait_idle()
        self.assertEqual(m.get("loads_total", route="session", outcome="ok"), 1)

    async def test_when_the_loading_client_dies_the_next_one_loads(self):
        daemon = await self.start_daemon([{"name": "session", "match": "session:{id}", "load": "client", "lease": "1h", "wait": {"timeout": "1h"}}])
        first, second = await self.connect(daemon, 2)
        self.assertIsNone(await first.call("GET", "session:1"))
        asked = asyncio.ensure_future(second.call("GET", "session:1"))
        await daemon.wait_until(lambda m: m.get("waiters") == 1, "one waits")
        first.reset()
        self.assertIsNone(await asked)
        m = await daemon.metrics()
        self.assertEqual(m.get("loads_total", route="session", outcome="error"), 1)

    async def test_writes_that_are_not_taken(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("drop", origin.port, ttl="1h", writes="invalidate"),
                                          http_route("no", origin.port, ttl="1h", writes="reject")])
        client = await self.connect(daemon)
        await client.call("GET", "drop:1")
        self.assertEqual(await client.call("SET", "drop:1", "mine"), "OK")
        self.assertIn(b'"load":2', await client.call("GET", "drop:1"))
        self.assert_error(await client.call("SET", "no:1", "mine"), "not allowed", "writes: reject")

    async def test_the_breaker_leaves_a_failing_origin_alone(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, breaker={"failures": 3, "open": "500ms"})])
        client = await self.connect(daemon)
        await origin.set(mode="500")
        for i in range(20):
            self.assert_error(await client.call("GET", f"product:{i}"), "load failed")
        self.assertEqual((await origin.stats())["total"], 3)
        m = await daemon.metrics()
        self.assertEqual(m.get("breaker_open", route="product"), 1)
        self.assertEqual(m.get("breaker_refused_total", route="product"), 17)
        await origin.set(mode="ok")
        await asyncio.sleep(0.6)
        self.assertIn(b'"id"', await client.call("GET", "product:50"))
        self.assertEqual((await daemon.metrics()).get("breaker_open", route="product"), 0)
