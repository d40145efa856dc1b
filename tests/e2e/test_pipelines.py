# SPDX-License-Identifier: Apache-2.0
"""n commands, n replies, in order, each value belonging to its key, whatever has to be waited for in between."""

import asyncio
import json
import random

from support.daemon import command_route, http_route
from support.options import scaled
from support.resp import encode, gather
from support.scenario import scenario

COMMANDS = 2000
CONNECTIONS = 8


class pipelines(scenario):
    def assert_product(self, reply, key):
        self.assertIsInstance(reply, bytes, key)
        self.assertEqual("product:" + json.loads(reply)["id"], key)

    def mixed(self, rng, own):
        """A random command, and what checks its reply."""
        kind = rng.randrange(8)
        key = f"product:{rng.randrange(400)}"
        if kind <= 2:
            return ("GET", key), lambda r: self.assert_product(r, key)
        if kind == 3:
            keys = [f"product:{rng.randrange(400)}" for _ in range(3)]

            def check(reply):
                self.assertEqual(reply[1], own.encode())
                for value, asked in zip((reply[0], reply[2], reply[3]), keys):
                    self.assert_product(value, asked)

            return ("MGET", keys[0], "plain:" + own, keys[1], keys[2]), check
        if kind == 4:
            word = str(rng.random())
            return ("ECHO", word), lambda r: self.assertEqual(r, word.encode())
        if kind == 5:
            return ("GET", f"name:{rng.randrange(20)}"), None
        if kind == 6:
            return ("GET", "plain:" + own), lambda r: self.assertEqual(r, own.encode())
        return ("PING",), lambda r: self.assertEqual(r, "PONG")

    async def test_hits_and_misses_in_one_pipeline_are_answered_in_order_with_their_own_values(self):
        origin = await self.start_origin()
        await origin.set(delay="20ms")
        daemon = await self.start_daemon([http_route("product", origin.port, wait={"timeout": "20s"}, limit={"queue_timeout": "20s"}),
                                          command_route("name", ["printf", "name %s", "{id}"], wait={"timeout": "20s"})])
        clients = await self.connect(daemon, CONNECTIONS)
        runs = []
        for number, client in enumerate(clients):
            rng = random.Random(number)
            await client.call("SET", f"plain:c{number}", f"c{number}")
            plan = [self.mixed(rng, f"c{number}") for _ in range(COMMANDS)]
            runs.append((plan, client.send_raw(b"".join(encode(*c) for c, _ in plan), COMMANDS)))
        for plan, futures in runs:
            for (command, check), reply in zip(plan, await gather(futures, scaled(40))):
                if check is None:
                    self.assertEqual(reply, b"name " + command[1].split(":")[1].encode())
                else:
                    check(reply)
        stats = await origin.stats()
        self.assertEqual(set(stats["paths"].values()), {1})
        self.figure(connections=CONNECTIONS, commands=CONNECTIONS * COMMANDS, origin_calls=stats["total"])

    async def test_a_reply_that_is_ready_waits_for_the_ones_before_it(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"})])
        client = await self.connect(daemon)
        futures = [client.send("GET", "product:1"), client.send("PING"), client.send("GET", "product:2"), client.send("ECHO", "x")]
        first, second = await origin.call(0), await origin.call(1)
        if first.path.endswith("2"):
            first, second = second, first
        second.release("two")
        await daemon.wait_for_waiters(1)
        self.assertFalse(any(f.done() for f in futures))
        first.release("one")
        self.assertEqual(await gather(futures, scaled(10)), [b"one", "PONG", b"two", b"x"])

    async def test_a_pipeline_cut_into_single_bytes_is_answered_the_same(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port)])
        client = await self.connect(daemon)
        data = b"".join(encode("GET", f"product:{i}") + encode("ECHO", i) for i in range(10))
        futures = client.send_raw(b"", 20)
        for at in range(len(data)):
            client.transport.write(data[at : at + 1])
            await asyncio.sleep(0)
        replies = await gather(futures, scaled(15))
        for i in range(10):
            self.assert_product(replies[2 * i], f"product:{i}")
            self.assertEqual(replies[2 * i + 1], str(i).encode())

    async def test_resp3_clients_get_the_same_values(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port)])
        client = await self.connect(daemon)
        self.assertEqual((await client.call("HELLO", "3"))[b"proto"], 3)
        self.assert_product(await client.call("GET", "product:1"), "product:1")
        self.assertIsNone(await client.call("GET", "plain"))
        await origin.set(mode="404")
        self.assertIsNone(await client.call("GET", "product:2"))
