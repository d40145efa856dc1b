# SPDX-License-Identifier: Apache-2.0
"""What the fleet costs Redis: commands, messages and memory; and that nothing it keeps is there for ever."""

import asyncio
import random
import time
from collections import Counter

from support import resp
from support.fleet import NEAR, fleet_scenario, product
from support.options import scaled

ROUNDS = 100
VALUE = 256    # bytes


class fleet_cost(fleet_scenario):
    async def cost(self, work):
        """The calls that Redis counted while `work` ran."""
        before = await self.redis.command_calls()
        await work
        after = await self.redis.command_calls()
        return Counter({name: calls - before.get(name, 0) for name, calls in after.items()})

    async def read_each(self, client):
        for n in range(ROUNDS):
            await self.version(client, f"product:{n}")

    async def test_an_uncached_read_is_one_hmget(self):
        daemons = await self.start_fleet(2)
        readers = await self.one_reader_each(daemons)
        await self.read_each(readers["a"])
        spent = await self.cost(self.read_each(readers["b"]))
        self.figure(reads=ROUNDS, hmget=spent["hmget"], evalsha=spent["evalsha"])
        self.assertEqual(spent["hmget"], ROUNDS)
        self.assertEqual(spent["evalsha"] + spent["eval"] + spent["fcall"], 0, "reads are no scripts")
        self.assertEqual(spent["subscribe"] + spent["publish"], 0)

    async def test_a_near_read_costs_redis_nothing(self):
        daemons = await self.start_fleet(1, near_cache=NEAR)
        reader = await self.connect(daemons[0])
        await self.read_each(reader)
        await self.read_each(reader)    # a fill need not make a copy; a read does
        spent = await self.cost(self.read_each(reader))
        self.assertEqual(spent["hmget"] + spent["evalsha"], 0)

    async def test_a_load_is_an_acquisition_and_a_fill_and_tells_nobody_who_does_not_wait(self):
        daemons = await self.start_fleet(3)
        reader = await self.connect(daemons[0])
        await self.version(reader, "product:first")    # scripts are loaded, links are open
        watch = await self.start_monitor(self.redis)
        spent = await self.cost(self.read_each(reader))
        self.figure(loads=ROUNDS, **{name: spent[name] for name in ("hmget", "evalsha", "publish", "subscribe")})
        self.assertLessEqual(spent["evalsha"], 2 * ROUNDS)
        self.assertLessEqual(spent["hmget"], 2 * ROUNDS, "the read, and at most one inside the acquisition")
        self.assertEqual(spent["subscribe"], 0)
        sent = [c for c in watch.commands() if c.name == "PUBLISH"]
        listened = await self.redis.call("PUBSUB", "CHANNELS", "cache:product:*")
        self.assertEqual(listened, [], f"nobody waits; {len(sent)} messages were sent to nobody")

    async def test_a_daemon_listens_only_while_it_waits(self):
        origin = await self.start_versioned_origin(held=True)
        daemons = await self.start_fleet(3, origin=origin)
        asked = [c.send("GET", "product:1") for c in (await self.one_reader_each(daemons)).values()]
        await origin.wait_for(1)

        async def listeners():
            return (await self.redis.call("PUBSUB", "NUMSUB", "cache:product:1"))[1]

        await self.eventually(listeners, lambda n: n >= 2, "the two that wait listen")
        origin.release()
        await asyncio.wait_for(asyncio.gather(*asked), scaled(10))
        await self.eventually(listeners, lambda n: n == 0, "nobody listens")
        self.assertEqual(origin.count(), 1)

    async def test_the_memory_of_an_entry_is_printed_beside_that_of_a_string(self):
        origin = await self.start_versioned_origin(padding=b"x" * (VALUE - len("0001|1|1|")))
        daemons = await self.start_fleet(1, origin=origin)
        reader = await self.connect(daemons[0])
        await self.version(reader, "product:0001")
        entry = await self.wait_entry("product:0001", lambda e: e and e.data and not e.lease, "stored")
        self.assertEqual(len(entry.data), VALUE)
        await self.redis.call("SET", "plain:product:0001", "x" * VALUE, "EX", "60")
        sizes = [await self.redis.call("MEMORY", "USAGE", key) for key in ("cache:product:0001", "plain:product:0001")]
        self.figure(entry_bytes=sizes[0], string_bytes=sizes[1])
        self.assertLess(sizes[0], 1024)

    async def mixed(self, client, rng, end):
        while time.monotonic() < end:
            key = f"product:{rng.randrange(30)}"
            verb = rng.choice(["GET"] * 12 + ["DEL", "SET", "SETEX", "EXPIRE", "PERSIST", "GETDEL", "SETNX", "TTL"])
            more = {"SET": ["1|1|0|"], "SETEX": ["2", "1|1|0|"], "SETNX": ["1|1|0|"], "EXPIRE": ["5"]}.get(verb, [])
            await client.call(verb, key, *more)

    async def test_every_entry_has_a_ttl_at_every_moment(self):
        origin = await self.start_versioned_origin(delay=0.03)
        for n in range(0, 30, 7):
            origin.status[str(n)] = 503
        for n in range(3, 30, 7):
            origin.status[str(n)] = 404
        daemons = await self.start_fleet(3, origin=origin, routes=lambda o, name: [
            product(o, name, ttl="200ms", stale={"while_revalidate": "300ms", "if_error": "500ms"},
                    negative={"ttl": "200ms"}, backoff={"first": "100ms", "max": "300ms"})])
        clients, end = [c for d in daemons for c in await self.connect(d, 5)], time.monotonic() + 4
        running = [asyncio.ensure_future(self.mixed(c, random.Random(i), end)) for i, c in enumerate(clients)]
        samples = seen = 0
        while time.monotonic() < end:
            self.assertEqual(await self.redis.immortal_keys("*"), [])
            samples, seen = samples + 1, max(seen, await self.redis.call("DBSIZE"))
        await asyncio.wait_for(asyncio.gather(*running), scaled(20))
        self.figure(samples=samples, most_keys=seen, loads=origin.count())
        self.assertGreater(seen, 5)
        for daemon in daemons:
            await daemon.wait_idle()
        self.assertEqual(await self.redis.immortal_keys("*"), [])
        for key in await self.redis.scan("cache:product:*"):
            self.assertFalse(await self.redis.call("HEXISTS", key, "lease"), f"a lease is left in {key}")

    async def test_entries_live_in_the_database_that_the_client_selected(self):
        daemons = await self.start_fleet(2)
        readers = [await daemons[0].connect(), await daemons[1].connect()]
        self.clients += readers
        for reader in readers:
            reply = await reader.call("SELECT", 3)
            if isinstance(reply, resp.error):
                self.fail(f"SELECT 3: {reply.text}")
            await self.version(reader, "product:1")
        self.assertIsNotNone((await self.entry("product:1", db=3)).data)
        self.assertIsNone(await self.entry("product:1", db=0))
        self.assertEqual(self.origin.count(), 1)
