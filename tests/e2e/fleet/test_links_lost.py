# SPDX-License-Identifier: Apache-2.0
"""Redis restarts, or kills the daemon's connections, in the middle of pipelines and transactions: every reply is the one to its command
or says that the link was lost, in the right order; who shared a link stays, who had one of its own is closed; routed keys have no error."""

import asyncio
import random
from collections import Counter

from support import options
from support.daemon import http_route
from support.fleet import fleet_scenario
from support.resp import error

AWAY = "ERR herdgate: the upstream Redis is not reachable"
LOST = "ERR herdgate: the connection to the upstream Redis was lost; the command may have run"
ROUNDS = 12
SHARING, TRANSACTING, WAITING = 12, 6, 6


class links_lost(fleet_scenario):
    async def start_one(self, links):
        self.source, self.seen, self.over = await self.start_origin(), Counter(), False
        routes = [http_route("product", self.source.port, http={"timeout": "10s"}, ttl="1h")]
        [self.daemon] = await self.start_fleet(1, routes=lambda o, name: routes, upstream={"links": links})

    def judge(self, kind, reply, *allowed):
        """An error is one of the two that there are; anything else is what Redis may have answered."""
        if isinstance(reply, error):
            self.assertIn(reply.text, (AWAY, LOST), kind)
            self.seen[kind, "errors"] += 1
        else:
            self.assertIn(reply, allowed, kind)
            self.seen[kind, "replies"] += 1

    async def fresh(self):
        """A client that has been answered nothing yet; with links of their own it may be closed at any time."""
        self.clients.append(await self.daemon.connect())
        return self.clients[-1]

    async def share(self, number, may_close):
        """Pipelines of a client that needs no link of its own."""
        client, turn = await self.fresh(), 0
        while not self.over:
            turn += 1
            key, tag = f"shared:{number}", f"{number}/{turn}".encode()
            try:
                ok, got, routed, both, length = await client.pipeline(
                    [("SET", key, tag), ("GET", key), ("GET", f"product:{turn % 9}"), ("MGET", key, f"product:{turn % 7}"), ("STRLEN", key)])
            except ConnectionError:
                self.assertTrue(may_close, "a client that shares its links was closed")
                client = await self.fresh()
                continue
            before = f"{number}/{turn - 1}".encode()
            self.judge("sharing", ok, "OK")
            self.judge("sharing", got, tag, before, None)
            self.assertIn(f'"id":"{turn % 9}"'.encode(), routed)
            if not isinstance(both, error):
                self.assertIn(f'"id":"{turn % 7}"'.encode(), both[1])
            self.judge("sharing", both if isinstance(both, error) else both[0], tag, before, None)
            self.judge("sharing", length, len(tag), len(before), 0)

    async def transact(self, number):
        client, turn = await self.fresh(), 0
        while not self.over:
            turn += 1
            tag = f"{number}/{turn}".encode()
            try:
                replies = await client.pipeline([("MULTI",), ("SET", f"t:{number}", tag), ("GET", f"t:{number}"), ("GET", "product:1"), ("EXEC",),
                                                 ("EVAL", "return ARGV[1]", "0", tag)])
            except ConnectionError:
                self.seen["transacting", "closed"] += 1
                client = await self.fresh()
                continue
            if not any(isinstance(reply, error) for reply in replies):
                self.assertEqual(replies[:4], ["OK"] + ["QUEUED"] * 3)
                self.assertEqual(replies[4][:2], ["OK", tag])
                self.assertIn(b'"id":"1"', replies[4][2])
                self.assertEqual(replies[5], tag)
                self.seen["transacting", "replies"] += 1
            else:
                for reply in replies:
                    if isinstance(reply, error):
                        self.assertIn(reply.text, (AWAY, LOST, "EXECABORT Transaction discarded because of previous errors.",
                                                   "ERR EXEC without MULTI"))
                self.seen["transacting", "errors"] += 1

    async def wait(self, number):
        """In BLPOP or subscribed until the link is lost; then the client is closed, without another's reply."""
        while not self.over:
            client = await self.fresh()
            try:
                waiting = client.send(*(("BLPOP", f"none:{number}", "0") if number % 2 else ("SUBSCRIBE", f"own:{number}")))
                self.judge("waiting", await asyncio.wait_for(waiting, options.scaled(20)), [b"subscribe", f"own:{number}".encode(), 1])
                if isinstance(waiting.result(), error):    # it may have had no link yet: then it stays
                    client.close()
            except ConnectionError:
                pass
            await client.wait_closed(options.scaled(20))
            self.assertEqual(client.unasked, [])
            self.seen["waiting", "closed"] += 1

    async def disturb(self, choice):
        for number in range(ROUNDS):
            await asyncio.sleep(choice.uniform(0.1, 0.3))
            if number % 3 == 2:
                await self.redis.kill()
                await asyncio.sleep(choice.uniform(0, 0.1))
                await self.redis.restart()
            else:
                self.assertGreater(await self.redis.call("CLIENT", "KILL", "TYPE", "normal"), 0)
        self.over = True
        await asyncio.sleep(0.1)
        await self.redis.call("CLIENT", "KILL", "TYPE", "normal")
        await self.redis.call("CLIENT", "KILL", "TYPE", "pubsub")

    async def test_links_that_are_lost_again_and_again_shift_no_reply(self):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                await self.start_one(links)
                busy = [self.share(i, links == "dedicated") for i in range(SHARING)] + [self.transact(i) for i in range(TRANSACTING)]
                busy += [self.wait(i) for i in range(WAITING)]
                await asyncio.wait_for(asyncio.gather(self.disturb(random.Random(3)), *busy), options.scaled(60))
                self.figure(**{f"{links}_{kind}_{what}": count for (kind, what), count in sorted(self.seen.items())})
                self.assertGreater(self.seen["sharing", "replies"], 100)
                self.assertGreater(self.seen["sharing", "errors"] + self.seen["transacting", "closed"], 0)
                client = await self.connect(self.daemon)
                await self.eventually(lambda: client.call("SET", "k", "1"), lambda r: r == "OK", "writes work again", 2)
                self.assertEqual((await client.pipeline([("MULTI",), ("GET", "k"), ("EXEC",)]))[2], [b"1"])
                for one in self.clients:
                    one.reset()
                await self.daemon.wait_until(lambda m: m.get("upstream_client_connections", state="lent") == 0, "nobody has a link")
