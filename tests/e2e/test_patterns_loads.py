# SPDX-License-Identifier: Apache-2.0
"""Each file of config/patterns that needs no Redis and is about loads, as it is: it keeps what its page promises.

Beside each run stands a control: as many clients that read the cache, compute and write it, without protection.
"""

import asyncio
import json
import time

from support import options
from support.options import scaled
from support.patterns import pattern_scenario, spread
from support.resp import error

HERD = 60
LOAD = 0.1      # seconds
PROGRAM = options.ROOT / "tests/support/cache_aside.py"


class cold_keys(pattern_scenario):
    async def test_in_process_lock_loads_a_missing_key_once(self):
        await self.start_pattern("in-process-lock", delay="100ms")
        clients = await self.connect(self.daemon, HERD)
        took, replies = await self.at_once(clients, self.reading("GET", "product:1"))
        control, _ = await self.at_once(clients, self.unprotected("/products/1"))
        await self.compare(took, control, clients=HERD)
        self.assertEqual(len(set(replies)), 1)
        self.assert_values(replies[:1])
        self.assertEqual((await self.origin.calls(), await self.other_origin.calls()), (1, HERD))
        self.assertLess(max(took), LOAD + scaled(0.2))

    async def test_in_process_lock_mgets_of_100_cold_keys_by_many_clients_are_100_loads(self):
        await self.start_pattern("in-process-lock", delay="20ms")
        clients = await self.connect(self.daemon, 20)
        names = [str(i) for i in range(100)]
        took, replies = await self.at_once(clients, self.reading("MGET", *(f"product:{n}" for n in names)))
        reads = [self.unprotected(f"/products/{n}") for n in names]
        control, _ = await self.at_once(clients, lambda c: asyncio.gather(*(read(c) for read in reads)))
        await self.compare(took, control, clients=20, keys=100)
        for reply in replies:
            self.assertEqual([json.loads(r)["id"] for r in reply], names)
        self.assertEqual((await self.origin.calls(), await self.other_origin.calls()), (100, 2000))

    async def test_hash_route_readers_of_different_fields_share_one_load(self):
        await self.start_pattern("hash-route", delay="100ms")
        clients = await self.connect(self.daemon, HERD)
        asked = dict(zip(clients, [("HGET", "user:9", "name"), ("HMGET", "user:9", "id", "phone"), ("HLEN", "user:9")] * HERD))
        took, replies = await self.at_once(clients, lambda client: client.call(*asked[client]))
        control, _ = await self.at_once(clients, self.unprotected("/users/9"))
        await self.compare(took, control, clients=HERD)
        self.assertEqual(replies, [b"User 9", [b"9", None], 5] * (HERD // 3))
        self.assertEqual(await clients[0].call("HGET", "user:9", "address"), b'{"city":"Utrecht"}')
        self.assertEqual((await self.origin.calls(), await self.other_origin.calls()), (1, HERD))

    async def test_batched_loads_an_mget_of_100_cold_keys_is_one_call(self):
        await self.start_pattern("batched-loads", delay="20ms")
        client = await self.connect(self.daemon)
        took, control = [], []
        for round_ in range(20):
            names = [f"{round_}-{i}" for i in range(100)]
            seconds, replies = await self.timed(client, self.reading("MGET", *(f"product:{n}" for n in names)))
            took.append(seconds)
            self.assertEqual([json.loads(r)["id"] for r in replies], names)
        for round_ in range(3):
            reads = [self.unprotected(f"/products/{round_}-{i}") for i in range(100)]
            control.append((await self.timed(client, lambda c: asyncio.gather(*(read(c) for read in reads))))[0])
        await self.compare(took, control, mgets=20, unprotected_mgets=3, keys=100)
        self.assertEqual(await self.origin.calls(), 20)
        self.assertEqual(await self.loads(), 2000)
        self.assertEqual(await self.other_origin.calls(), 300)

    async def test_batched_loads_the_misses_of_many_clients_meet(self):
        await self.start_pattern("batched-loads", delay="20ms")
        clients = await self.connect(self.daemon, HERD)
        asked = {client: f"product:{i}" for i, client in enumerate(clients)}
        took, replies = await self.at_once(clients, lambda client: client.call("GET", asked[client]))
        self.assertEqual([json.loads(r)["id"] for r in replies], [str(i) for i in range(HERD)])
        calls = await self.origin.calls()
        self.figure(clients=HERD, keys=HERD, origin_calls=calls, **spread(took))
        self.assertLess(calls, HERD / 3)


class client_loader(pattern_scenario):
    PROCESSES, TTL, SECONDS, PAUSE = 50, 1.0, 3.5, 0.1

    async def programs(self, key, origin):
        """Runs the program in many processes; how long each of their reads took."""
        words = [self.daemon.port, origin.port, key, round(self.TTL * 1000), self.SECONDS, self.PAUSE]
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        started = [await asyncio.create_subprocess_exec("/usr/bin/python3", "-SE", str(PROGRAM), *map(str, words), **pipes)
                   for _ in range(self.PROCESSES)]
        for child in started:
            self.addCleanup(lambda c=child: c.returncode is None and c.kill())
        for child in started:
            self.assertEqual(await asyncio.wait_for(child.stdout.readline(), scaled(20)), b"ready\n")
        printed = await asyncio.wait_for(asyncio.gather(*(c.communicate(b"go\n") for c in started)), self.SECONDS + scaled(20))
        self.assertEqual({c.returncode for c in started}, {0})
        return [seconds for out, _ in printed for seconds in json.loads(out)]

    async def test_client_loader_fifty_unmodified_programs_compute_each_expiry_once(self):
        await self.start_pattern("client-loader", delay="100ms")
        took = await self.programs("product:1", self.origin)
        control = await self.programs("control:1", self.other_origin)
        await self.compare(took, control, processes=self.PROCESSES, reads=len(took))
        stats, at = await self.origin.stats(), await self.loads_of("/products/1")
        self.assertEqual(stats["max_in_flight"], 1)
        for earlier, later in zip(at, at[1:]):
            self.assertGreaterEqual(later - earlier, self.TTL + LOAD)
        self.assertIn(len(at), (3, 4))
        self.assertEqual(await self.loads(), len(at))
        self.assertGreaterEqual(await self.other_origin.calls(), 3 * len(at))

    async def test_client_loader_a_program_that_dies_hands_over_to_the_next(self):
        await self.start_pattern("client-loader")
        clients = await self.connect(self.daemon, 3)
        self.assertIsNone(await clients[0].call("GET", "product:1"))
        others = [client.send("GET", "product:1") for client in clients[1:]]
        await self.daemon.wait_for_waiters(2)
        began = time.monotonic()
        clients[0].reset()
        done, _ = await asyncio.wait(others, timeout=scaled(5), return_when=asyncio.FIRST_COMPLETED)
        taken_over = time.monotonic() - began
        self.assertEqual([d.result() for d in done], [None], "one is told, the other waits on")
        self.assertLess(taken_over, 2.5, "its lease would have run for five seconds")
        leader, waiting = (1, 2) if others[0].done() else (2, 1)
        self.assertEqual(await clients[leader].call("SETEX", "product:1", 60, "made"), "OK")
        self.assertEqual(await asyncio.wait_for(others[waiting - 1], scaled(5)), b"made")
        self.figure(taken_over_after_ms=taken_over * 1000)


class origins_in_trouble(pattern_scenario):
    async def test_circuit_breaker_leaves_a_failing_origin_alone_and_tries_it_once_a_second(self):
        await self.start_pattern("circuit-breaker", delay="50ms")
        client, reader = await self.connect(self.daemon, 2)
        self.assert_values([await reader.call("GET", "product:old")])
        await asyncio.sleep(1.05)    # it is stale now
        for origin in (self.origin, self.other_origin):
            await origin.set(mode="500")
        before = await self.origin.calls()
        refused, stale, control = [], [], []
        for number in range(100):
            seconds, reply = await self.timed(client, self.reading("GET", f"product:{number}"))
            self.assertIsInstance(reply, error)
            if "the breaker is open" in reply.text:
                refused.append(seconds)
            control.append((await self.timed(client, self.unprotected(f"/products/{number}")))[0] if number < 30 else control[-1])
            seconds, reply = await self.timed(reader, self.reading("GET", "product:old"))
            stale.append(seconds)
            self.assert_values([reply])
        calls = await self.origin.calls() - before
        self.figure(keys=100, origin_calls=calls, refused=len(refused), **spread(refused), **spread(stale, "_stale"))
        self.figure(unprotected_keys=30, unprotected_origin_calls=await self.other_origin.calls(), **spread(control, "_unprotected"))
        # Five failures open it; a loop that takes a few seconds sees it tried a few times.
        self.assertLessEqual(calls, 5 + 4)
        self.assertEqual(len(refused), 100 - (calls - await self.stale_loads()))
        self.assertLess(max(refused), scaled(0.04))

    async def stale_loads(self):
        return len(await self.loads_of("/products/old")) - 1

    async def test_circuit_breaker_closes_with_the_first_load_that_succeeds(self):
        await self.start_pattern("circuit-breaker", mode="500")
        client = await self.connect(self.daemon)
        for number in range(5):
            self.assert_error(await client.call("GET", f"product:{number}"), "HTTP 500")
        self.assert_error(await client.call("GET", "product:5"), "the breaker is open")
        self.assertEqual((await self.daemon.metrics()).get("breaker_open"), 1)
        self.assertEqual(await self.origin.calls(), 5)
        began = time.monotonic()
        await self.origin.set(mode="ok")
        number = 6
        while isinstance(reply := await client.call("GET", f"product:{number}"), error):
            self.assertIn("the breaker is open", reply.text)
            self.assertLess(time.monotonic() - began, 1 + scaled(1))
            number += 1
            await asyncio.sleep(0.02)
        closed = time.monotonic() - began
        self.assertEqual((await self.daemon.metrics()).get("breaker_open"), 0)
        self.assert_values(await client.pipeline([("GET", f"product:again-{i}") for i in range(20)]))
        self.figure(closed_after_ms=closed * 1000)
        self.assertGreater(closed, 0.8)

    async def test_soft_timeout_gives_the_old_value_after_100_ms_while_the_load_goes_on(self):
        await self.start_pattern("soft-timeout")
        clients = await self.connect(self.daemon, HERD)
        reads = self.reading("GET", "product:1"), self.unprotected("/products/1", 1.0)
        for read in reads:
            await self.at_once(clients[:1], read)
        await asyncio.sleep(1.05)
        for origin in (self.origin, self.other_origin):
            await origin.set(delay="600ms", version=2)
        took, replies = await self.at_once(clients, reads[0])
        await self.loads()
        control, _ = await self.at_once(clients, reads[1])
        new = json.loads(await clients[0].call("GET", "product:1"))["version"]
        await self.compare(took, control, clients=HERD)
        self.assertEqual({json.loads(r)["version"] for r in replies}, {1})
        self.assertGreaterEqual(min(took), 0.095)
        self.assertLess(max(took), min(0.55, 0.1 + scaled(0.1)))
        self.assertEqual(new, 2)
        self.assertEqual((await self.origin.calls(), await self.other_origin.calls()), (2, HERD + 1))


class tags(pattern_scenario):
    LISTS = 200

    async def version(self, client, key):
        return json.loads(await client.call("GET", key))["version"]

    async def test_tags_a_change_of_a_product_takes_every_list_that_it_is_on(self):
        # The lists are tagged by the origin's answers, the products by the route.
        await self.start_pattern("tags")
        client = await self.connect(self.daemon)
        keys = ["category:shoes", "category:hats", "product:shoes-1", "product:shoes-2"]
        for key in keys + [f"category:{i}" for i in range(self.LISTS)]:
            self.assertEqual(await self.version(client, key), 1)
        before = await self.origin.calls()
        await self.origin.set(version=2)
        took, _ = await self.timed(client, self.reading("HERDGATE", "INVALIDATE", "TAG", "product:shoes-1"))
        self.assertEqual([await self.version(client, key) for key in keys], [2, 1, 2, 1])
        for i in range(self.LISTS):
            self.assertEqual(await self.version(client, f"category:{i}"), 1)
        self.figure(entries=self.LISTS + 4, invalidated=2, origin_calls=await self.origin.calls() - before,
                    invalidation_ms=took * 1000)
        self.assertEqual(await self.origin.calls() - before, 2)


class product_catalogue(pattern_scenario):
    """config/examples/product-catalogue.yaml."""

    async def test_product_catalogue_keeps_all_that_its_comments_promise(self):
        await self.start_pattern("product-catalogue", folder="examples", delay="50ms", etag='"1"')
        client, other = await self.connect(self.daemon, 2)
        await self.daemon.wait_until(lambda m: m.get("loads_total", route="products", outcome="ok") >= 2, "two warm products")
        names = [f"n{i}" for i in range(40)]
        page = await client.call("MGET", *(f"product:{n}" for n in names))
        self.assertEqual([json.loads(r)["id"] for r in page], names)
        self.assertIsNone(await client.call("GET", "product:no-such"))
        self.assertEqual(json.loads(await client.call("GET", "category:shoes"))["products"], ["shoes-1", "shoes-2", "shoes-3"])
        self.assertEqual(json.loads(await client.call("GET", "stock:shoes-1"))["left"], 7)
        self.assertEqual(await client.call("HMGET", "user:42", "name", "phone"), [b"User 42", None])
        self.assertIsNone(await client.call("GET", "session:1"))
        waiting = other.send("GET", "session:1")
        await self.daemon.wait_for_waiters(1)
        self.assertEqual(await client.call("SETEX", "session:1", 600, "cart"), "OK")
        self.assertEqual(await asyncio.wait_for(waiting, scaled(5)), b"cart")
        stats = await self.origin.stats()
        self.figure(keys=2 + 40 + 1 + 1 + 1 + 1, origin_calls=stats["total"])
        self.assertLessEqual(stats["paths"]["/products"], 4)
        await self.stock_while_the_origin_is_slow(client)

    async def stock_while_the_origin_is_slow(self, client):
        await asyncio.sleep(2.05)
        await self.origin.set(delay="500ms")
        seconds, reply = await self.timed(client, self.reading("GET", "stock:shoes-1"))
        self.figure(stock_from_a_slow_origin_ms=seconds * 1000)
        self.assertEqual(json.loads(reply)["load"], 1, "the old figure")
        self.assertLess(seconds, 0.1 + scaled(0.2))
