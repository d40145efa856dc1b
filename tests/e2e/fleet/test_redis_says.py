# SPDX-License-Identifier: Apache-2.0
"""What Redis says of itself (-LOADING, -READONLY, -OOM, -BUSY) reaches clients word by word, whatever link they use; routed keys are
served all the same, and everything is as before when Redis is.

The clients: one of those that share links, one for which a link is lent, one that has kept its link, one that is subscribed
(RESP3, so that it may ask). With dedicated links each has its own.
"""

import asyncio

from support import options
from support.daemon import http_route
from support.fleet import fleet_scenario
from support.resp import error

ASK = [("GET", "plain"), ("SET", "plain", "2"), ("INCR", "n"), ("LPUSH", "l", "x"), ("EVAL", "return redis.call('SET', 'plain', '3')", "0"),
       ("EVAL", "return 1", "0"), ("DBSIZE",), ("MULTI",), ("SET", "plain", "4"), ("GET", "plain"), ("EXEC",), ("PUBLISH", "nobody", "x"), ("GET", "plain")]
NEVER_ROUTED = 1000    # products that nobody has read yet


class redis_says(fleet_scenario):
    async def start_one(self, links, **upstream):
        self.links, self.source = links, await self.start_origin()
        routes = [http_route("product", self.source.port, http={"timeout": "10s"}, ttl="1h")]
        redis = await self.start_redis(busy_reply_threshold=50)
        [self.daemon] = await self.start_fleet(1, routes=lambda o, name: routes, redis=redis, upstream={"links": links, **upstream})
        self.unread = iter(range(NEVER_ROUTED))

    async def clients_of_all_kinds(self):
        """Of each kind one, by its name."""
        made = dict(zip(("shared", "lent", "kept", "subscribed", "elsewhere"), await self.connect(self.daemon, 5)))
        await made["lent"].pipeline([("MULTI",), ("EXEC",)])
        await made["kept"].call("CLIENT", "ID")
        await made["subscribed"].pipeline([("HELLO", "3"), ("SUBSCRIBE", "news")])
        await made["elsewhere"].call("SELECT", "0")
        return made

    async def assert_like_redis(self, clients, commands, *words):
        """All clients get Redis's own replies; among the errors are some that begin with `words`."""
        direct = await self.redis.connect()
        wanted = list(map(repr, await direct.pipeline(commands)))
        direct.close()
        for word in words:
            self.assertTrue(any(word in reply for reply in wanted), f"Redis does not say {word}: {wanted}")
        for kind, client in clients.items():
            self.assertEqual(list(map(repr, await client.pipeline(commands))), wanted, kind)
            self.assertEqual(client.unasked, [], kind)

    async def assert_routed_keys_are_served(self, clients):
        """Cold ones too, by every client."""
        for kind, client in clients.items():
            name = str(next(self.unread))
            for _ in range(2):
                self.assertIn(f'"id":"{name}"'.encode(), await client.call("GET", "product:" + name), kind)

    async def assert_normal(self, clients):
        """Redis's replies, and entries that are stored there again."""
        await self.assert_like_redis(clients, [("SET", "plain", "1"), ("GET", "plain"), ("MULTI",), ("GET", "plain"), ("EXEC",), ("EVAL", "return 7", "0")])
        client = clients["shared"]

        async def stored():
            name = str(next(self.unread))
            await client.call("GET", "product:" + name)
            return await self.redis.call("EXISTS", "cache:product:" + name)

        await self.eventually(stored, lambda n: n == 1, "entries are stored")

    async def in_both_modes(self, play):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                await self.start_one(links)
                await play(await self.clients_of_all_kinds())

    async def test_out_of_memory(self):
        async def play(clients):
            await self.redis.call("CONFIG", "SET", "maxmemory", "1")
            await self.assert_like_redis(clients, ASK, "OOM command not allowed")
            await self.assert_routed_keys_are_served(clients)
            await self.redis.call("CONFIG", "SET", "maxmemory", "0")
            await self.assert_normal(clients)

        await self.in_both_modes(play)

    async def test_a_replica_that_takes_no_writes(self):
        async def play(clients):
            primary = await self.start_redis(repl_diskless_sync_delay=0)
            await self.redis.call("REPLICAOF", "127.0.0.1", primary.port)
            await self.eventually(lambda: self.redis.section("replication"), lambda s: s["master_link_status"] == "up", "it follows", 20)
            await self.assert_like_redis(clients, ASK, "READONLY You can't write against a read only replica")
            await self.assert_routed_keys_are_served(clients)
            await self.redis.call("REPLICAOF", "NO", "ONE")
            await self.assert_normal(clients)

        await self.in_both_modes(play)

    async def test_who_is_blocked_when_it_becomes_a_replica_hears_why(self):
        """Redis then closes the link: with a link that was lent for the command only, its client stays."""
        async def play(clients):
            popper = clients["lent"]
            popped = popper.send("BLPOP", "list", "0")
            await self.eventually(lambda: self.redis.section("clients"), lambda s: s["blocked_clients"] == "1", "it is blocked")
            await self.redis.call("REPLICAOF", "127.0.0.1", "1")
            self.assert_error(await asyncio.wait_for(popped, options.scaled(5)), "UNBLOCKED force unblock from blocking operation")
            if self.links == "dedicated":
                await popper.wait_closed(options.scaled(5))
            else:
                self.assertEqual(await popper.call("LLEN", "list"), 0)
            await self.redis.call("REPLICAOF", "NO", "ONE")

        await self.in_both_modes(play)

    async def test_a_script_that_does_not_end(self):
        """Also who needs a new link just then hears it, and a client in any database can end the script."""
        async def play(clients):
            looping, killer = await self.connect(self.daemon, 2)
            self.assertEqual(await killer.call("SELECT", "3"), "OK")
            looped = looping.send("EVAL", "while true do end", "0")
            direct = await self.redis.connect()
            await self.eventually(lambda: direct.call("GET", "plain"), lambda r: isinstance(r, error) and "BUSY" in r.text, "it is busy")
            new = {f"new {i}": c for i, c in enumerate([await self.daemon.connect() for _ in range(8)])}
            self.clients += new.values()
            await self.assert_like_redis({**clients, **new}, ASK[:7] + ASK[-2:], "BUSY Redis is busy running a script")
            await self.assert_like_redis({**clients, **new}, [("MULTI",), ("DISCARD",), ("WATCH", "k"), ("UNWATCH",), ("GET", "k")])
            await self.assert_routed_keys_are_served(clients)
            self.assertEqual(await killer.call("SCRIPT", "KILL"), "OK")
            self.assert_error(await asyncio.wait_for(looped, options.scaled(5)), "Script killed by user with SCRIPT KILL")
            await self.assert_normal({**clients, **new})

        await self.in_both_modes(play)

    async def start_loading(self):
        """Redis comes back with data that take seconds to load; it is loading when this returns."""
        await self.redis.call("EVAL", "for i = 1, 4000 do redis.call('SET', 'data:' .. i, i) end", "0")
        await self.redis.call("SAVE")
        await self.redis.kill()
        self.redis.settings = {"key_load_delay": 1500, "loading_process_events_interval_bytes": 1024}
        restarted = asyncio.ensure_future(self.redis.restart())
        self.addCleanup(restarted.cancel)

        async def says():
            try:
                return await self.redis.call("GET", "plain")
            except ConnectionError:
                return None

        await self.eventually(says, lambda r: isinstance(r, error) and "LOADING" in r.text, "it is loading")
        return restarted

    async def test_data_that_is_being_loaded(self):
        async def play(clients):
            loaded = await self.start_loading()
            clients = await self.clients_of_all_kinds()
            await self.assert_like_redis(clients, ASK, "LOADING Redis is loading the dataset in memory")
            await self.assert_routed_keys_are_served(clients)
            self.assertFalse(loaded.done(), "all this while it was loading")
            await asyncio.wait_for(loaded, options.scaled(20))
            await self.assert_normal(clients)
            self.assertEqual(await clients["shared"].call("GET", "data:4000"), b"4000")

        await self.in_both_modes(play)
