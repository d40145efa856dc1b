# SPDX-License-Identifier: Apache-2.0
"""Redis gone: the application still has its values, from memory or the loader; never an error for want of a lease."""

import asyncio
import time

from support.fleet import NEAR, QUICK_UPSTREAM, fleet_scenario, product
from support.herd import percentile
from support.options import scaled
from support.versioned_origin import parse_value

LOAD = 0.1
BACK_TO_NORMAL = 2.0    # seconds
PATIENCE = 0.5          # of an upstream command, in QUICK_UPSTREAM
CLIENTS, COLD = 30, 5


class fleet_redis_away(fleet_scenario):
    async def start(self, **more):
        origin = await self.start_versioned_origin(delay=LOAD)
        return await self.start_fleet(3, origin=origin, upstream=QUICK_UPSTREAM, near_cache=NEAR,
                                      routes=lambda o, name: [product(o, name, ttl="1m")], **more)

    async def ask_all(self, clients, key):
        """All clients ask at once: how long each waited, in seconds."""
        async def one(client):
            asked = time.monotonic()
            reply = await client.call("GET", key)
            return reply, client.last_received - asked

        answers = await asyncio.wait_for(asyncio.gather(*map(one, clients)), scaled(30))
        for reply, _ in answers:
            found = parse_value(reply)
            self.assertTrue(found and "product:" + found.key == key, f"{key}: {reply!r}")
        return [took for _, took in answers]

    async def assert_serves_without_redis(self, daemons, at_most):
        """Known keys from memory, unknown ones by one load in each process; times are printed."""
        clients = {d.name: await self.connect(d, CLIENTS) for d in daemons}
        everybody, before = [c for own in clients.values() for c in own], self.origin.count()
        hits = await self.ask_all(everybody, "product:warm")
        self.assertEqual(self.origin.count(), before, "hits come from the near cache")
        misses = [took for n in range(COLD) for took in await self.ask_all(everybody, f"product:cold{n}")]
        calls = self.origin.by_key_and_daemon()
        for n in range(COLD):
            for daemon in daemons:
                self.assertEqual(calls[f"cold{n}", daemon.name], 1, "one call a key and process")
        self.figure(hits_p99_ms=self.ms(percentile(hits, 0.99)), misses_p99_ms=self.ms(percentile(misses, 0.99)),
                    origin_calls=self.origin.count() - before)
        self.assertLess(max(hits), scaled(0.3))
        self.assertLess(max(misses), LOAD + scaled(at_most + 0.5))

    async def assert_back_to_normal(self, daemons):
        """One load a key in the fleet again, and entries are stored again."""
        began, number = time.monotonic(), 0
        readers = await self.one_reader_each(daemons)
        while True:
            number += 1
            key, before = f"product:back{number}", self.origin.count()
            await asyncio.gather(*(self.version(c, key) for c in readers.values()))
            entry = await self.entry(key)
            if self.origin.count() - before == 1 and entry and entry.data:
                break
            self.assertLess(time.monotonic() - began, scaled(BACK_TO_NORMAL), "not normal again in time")
        for daemon in daemons:
            await daemon.wait_until(lambda m: m.get("upstream_up") == 1, "upstream_up 1")
        self.figure(normal_after_ms=self.ms(time.monotonic() - began))
        await self.assert_all_mortal()

    async def warm(self, daemons):
        for client in (await self.one_reader_each(daemons)).values():
            await self.version(client, "product:warm")
            await self.version(client, "product:warm")

    async def test_a_killed_redis_costs_no_client_its_value(self):
        daemons = await self.start()
        await self.warm(daemons)
        await self.redis.kill()
        await self.assert_serves_without_redis(daemons, at_most=0.3)
        for daemon in daemons:
            await daemon.wait_until(lambda m: m.get("upstream_up") == 0, "upstream_up 0")
        await self.redis.restart()
        await self.assert_back_to_normal(daemons)

    async def test_a_frozen_redis_costs_no_client_more_than_the_upstreams_timeout(self):
        daemons = await self.start()
        await self.warm(daemons)
        self.freeze(self.redis)
        await self.assert_serves_without_redis(daemons, at_most=2 * PATIENCE)
        self.thaw(self.redis)
        await self.assert_back_to_normal(daemons)

    async def test_a_redis_that_is_killed_during_a_load_costs_its_readers_nothing(self):
        daemons = await self.start()
        self.origin.held = True
        readers = await self.one_reader_each(daemons)
        waiting = [c.send("GET", "product:1") for c in readers.values()]
        await self.origin.wait_for(1)
        await self.redis.kill()
        await asyncio.sleep(0.2)
        self.origin.release()
        for reply in await asyncio.wait_for(asyncio.gather(*waiting), scaled(10)):
            self.assertEqual(parse_value(reply)[:2], ("1", 1))
        self.assertLessEqual(max(self.origin.by_key_and_daemon().values()), 1, "one call a key and process")
        await self.redis.restart()
        await self.assert_back_to_normal(daemons)

    async def test_without_a_redis_at_the_start_the_daemon_serves_all_the_same(self):
        self.redis = await self.start_redis()
        await self.redis.kill()
        daemons = await self.start(redis=self.redis)
        readers = await self.one_reader_each(daemons)
        for name, client in readers.items():
            self.assertEqual(await self.version(client, f"product:{name}"), 1)
        for daemon in daemons:
            self.assertEqual((await daemon.metrics()).get("upstream_up"), 0)
        await self.redis.restart()
        await self.assert_back_to_normal(daemons)

    async def test_other_commands_get_an_error_at_once_while_redis_is_away(self):
        daemons = await self.start()
        client = await self.connect(daemons[0])
        self.assertEqual(await client.call("SET", "plain", "1"), "OK")
        await self.redis.kill()
        took = []
        for command in (("GET", "plain"), ("SET", "plain", "2"), ("INCR", "n"), ("LPUSH", "l", "1")):
            asked = time.monotonic()
            self.assert_error(await client.call(*command))
            took.append(time.monotonic() - asked)
        self.figure(max_ms=self.ms(max(took)))
        self.assertLess(max(took), scaled(2 * PATIENCE))
        await self.redis.restart()

        async def ask():
            return await client.call("SET", "plain", "3")

        await self.eventually(ask, lambda reply: reply == "OK", "writes work again", BACK_TO_NORMAL)

    async def test_a_daemon_that_is_cut_off_alone_serves_and_comes_back(self):
        redis = await self.start_redis()
        proxy = await self.start_proxy(redis)
        behind = {"upstream": {"url": f"redis://127.0.0.1:{proxy.port}/0", **QUICK_UPSTREAM}}
        daemons = await self.start(redis=redis, overrides={"a": behind})
        readers = await self.one_reader_each(daemons)
        await asyncio.gather(*(self.version(c, "product:1") for c in readers.values()))
        self.assertEqual(self.origin.count(), 1)
        proxy.disconnect()
        self.assertEqual(await self.version(readers["a"], "product:2"), 1)
        self.assertEqual(await self.version(readers["b"], "product:2"), 1)
        self.assertEqual(await self.version(readers["c"], "product:2"), 1)
        self.assertEqual(self.origin.count("2"), 2, "one by the daemon that is alone, one by the others")
        proxy.heal()
        await self.assert_back_to_normal(daemons)
