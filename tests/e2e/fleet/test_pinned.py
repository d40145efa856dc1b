# SPDX-License-Identifier: Apache-2.0
"""Clients whose state Redis keeps: transactions, subscriptions, blocking commands; with routed keys among them."""

import asyncio

from support import options
from support.daemon import http_route
from support.fleet import fleet_scenario
from support.resp import encode, error


class pinned(fleet_scenario):
    async def start_one(self, links="shared", **settings):
        self.source = await self.start_origin()
        routes = [http_route("product", self.source.port, http={"timeout": "10s"}, ttl="1h")]
        [self.daemon] = await self.start_fleet(1, routes=lambda o, name: routes, upstream={"links": links}, **settings)
        return await self.connect(self.daemon)

    async def lent(self, count):
        """Until so many clients have a link for themselves."""
        return await self.daemon.wait_until(
            lambda m: m.get("upstream_client_connections", state="lent") == count, f"{count} links lent")

    async def test_routed_keys_in_a_transaction_are_answered_at_exec_in_their_places(self):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                client = await self.start_one(links)
                queued = await client.pipeline([("MULTI",), ("SET", "plain", "1"), ("GET", "product:1"), ("INCR", "plain"),
                                                ("MGET", "product:2", "plain"), ("SET", "product:3", "mine"), ("INCR", "product:1")])
                self.assertEqual(queued, ["OK"] + ["QUEUED"] * 6)
                self.assertEqual(await self.source.calls("1"), 0)
                one, read, two, mixed, written, refused = await client.call("EXEC")
                self.assertEqual((one, two, written), ("OK", 2, "OK"))
                self.assertIn(b'"id":"1"', read)
                self.assertIn(b'"id":"2"', mixed[0])
                self.assertEqual(mixed[1], b"2")
                self.assert_error(refused, "cannot be used on key of route")
                self.assertEqual(await client.call("GET", "product:3"), b"mine")

    async def test_a_transaction_that_fails_loads_nothing(self):
        client, other = await self.start_one(), await self.connect(self.daemon)
        self.assertEqual(await client.call("WATCH", "plain"), "OK")
        await other.call("SET", "plain", "changed")
        replies = await client.pipeline([("MULTI",), ("GET", "product:1"), ("EXEC",), ("MULTI",), ("GET", "product:1"), ("DISCARD",)])
        self.assertEqual(replies, ["OK", "QUEUED", None, "OK", "QUEUED", "OK"])
        replies = await client.pipeline([("MULTI",), ("GET", "product:1"), ("NOSUCH",), ("EXEC",)])
        self.assert_error(replies[-1], "EXECABORT")
        self.assertEqual(await self.source.calls("1"), 0)
        await self.lent(0)

    async def test_a_database_selected_in_a_transaction_counts_from_there_on(self):
        client = await self.start_one()
        await client.call("SET", "product:1", "of zero")
        replies = await client.pipeline([("MULTI",), ("GET", "product:1"), ("SELECT", "2"), ("SET", "product:1", "of two"),
                                         ("EXEC",), ("GET", "product:1"), ("SELECT", "0"), ("GET", "product:1")])
        self.assertEqual(replies[4], [b"of zero", "OK", "OK"])
        self.assertEqual(replies[5:], [b"of two", "OK", b"of zero"])

    async def test_a_transaction_costs_no_connection_once_one_has_been_opened(self):
        await self.start_one()
        for round_ in range(30):
            client = await self.connect(self.daemon)
            replies = await client.pipeline([("MULTI",), ("INCR", "n"), ("EXEC",)])
            self.assertEqual(replies[2], [round_ + 1])
            client.close()
            await self.lent(0)
        opened = (await self.daemon.metrics()).get("upstream_client_connections_opened_total")
        self.assertLessEqual(opened, 2)    # each worker one

    async def test_what_a_link_was_left_with_is_not_the_next_clients(self):
        client = await self.start_one()
        await client.pipeline([("HELLO", "3"), ("SELECT", "4"), ("CLIENT", "SETNAME", "first"), ("MULTI",), ("SET", "k", "4"), ("EXEC",)])
        client.close()
        await self.lent(0)
        for _ in range(4):
            other = await self.connect(self.daemon)
            self.assertEqual(await other.pipeline([("MULTI",), ("GET", "k"), ("CLIENT", "GETNAME"), ("EXEC",)]),
                             ["OK", "QUEUED", "QUEUED", [None, None]])

    async def test_messages_and_replies_do_not_meet(self):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                subscriber = await self.start_one(links)
                publisher = await self.connect(self.daemon)
                self.assertEqual(await subscriber.call("SUBSCRIBE", "news"), [b"subscribe", b"news", 1])
                self.assertEqual(await publisher.call("PUBLISH", "news", "hi"), 1)
                await self.eventually(self.unasked(subscriber), lambda seen: len(seen) == 1, "the message")
                self.assertEqual(subscriber.unasked, [[b"message", b"news", b"hi"]])
                self.assert_error(await subscriber.call("GET", "product:1"), "Can't execute 'get'")
                self.assertEqual(await subscriber.call("UNSUBSCRIBE"), [b"unsubscribe", b"news", 0])
                self.assertIn(b'"id":"1"', await subscriber.call("GET", "product:1"))

    @staticmethod
    def unasked(client):
        async def look():
            return client.unasked
        return look

    async def test_a_blocked_client_gets_its_element_and_others_are_not_held_up(self):
        client, other = await self.start_one(), await self.connect(self.daemon)
        popped = client.send("BLPOP", "list", "0")
        behind = client.send("PING")
        await self.lent(1)
        self.assertIn(b'"id":"1"', await other.call("GET", "product:1"))
        self.assertEqual(await other.call("RPUSH", "list", "x"), 1)
        self.assertEqual(await asyncio.wait_for(popped, options.scaled(5)), [b"list", b"x"])
        self.assertEqual(await asyncio.wait_for(behind, options.scaled(5)), "PONG")
        await self.lent(0)

    async def test_a_client_that_vanishes_leaves_nothing_behind(self):
        other = await self.start_one()
        clients = [await self.connect(self.daemon) for _ in range(50)]
        for i, client in enumerate(clients):
            client.send(*[("BLPOP", f"list{i}", "0"), ("SUBSCRIBE", "c"), ("MULTI",), ("MONITOR",), ("WATCH", "k")][i % 5])
        await self.lent(50)
        for client in clients:
            client.close()
        await self.lent(0)
        for i in range(50):
            await other.call("RPUSH", f"list{i}", "x")
        self.assertEqual([await other.call("LLEN", f"list{i}") for i in range(0, 50, 5)], [1] * 10)
        self.assertEqual(await other.call("PUBLISH", "c", "x"), 0)

    async def test_a_blocked_client_that_vanishes_is_noticed_whatever_it_has_sent_behind(self):
        behind = (("SELECT", "2"), ("HELLO", "3"), ("QUIT",), ("SUBSCRIBE", "c"), *[("PING",)] * 12000)
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                await self.start_one(links)
                for end in ("close", "reset"):
                    for words in (*((b,) for b in behind[:3]), (behind[3], ("GET", "product:1")), behind[4:]):
                        client = await self.connect(self.daemon)
                        client.send_raw(b"".join(encode(*w) for w in (("BLPOP", "list", "0"), *words)), 0)
                        await self.eventually(lambda: self.redis.section("clients"), lambda s: s["blocked_clients"] == "1", "it is blocked")
                        getattr(client, end)()
                        await self.eventually(lambda: self.redis.section("clients"), lambda s: s["blocked_clients"] == "0", f"{words[0]}: gone")

    async def test_a_link_that_redis_closes_closes_its_client_only(self):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                client = await self.start_one(links)
                other = await self.connect(self.daemon)
                own = await client.call("CLIENT", "ID")
                self.assertEqual(await other.call("CLIENT", "KILL", "ID", own), 1)
                await client.wait_closed(options.scaled(5))
                self.assertEqual(await other.call("PING"), "PONG")
                again = await self.connect(self.daemon)
                self.assertIn(b'"id":"1"', await again.call("GET", "product:1"))

    async def test_muted_replies_are_dropped_and_messages_are_not(self):
        client, other = await self.start_one(), await self.connect(self.daemon)
        client.send_raw(b"CLIENT REPLY OFF\r\nSET k 1\r\nGET product:1\r\n", 0)
        replies = client.send_raw(b"CLIENT REPLY ON\r\nCLIENT REPLY SKIP\r\nGET k\r\nECHO x\r\n", 2)
        self.assertEqual([await asyncio.wait_for(r, options.scaled(5)) for r in replies], ["OK", b"x"])
        self.assertEqual(await other.call("GET", "k"), b"1")
        self.assertEqual(client.unasked, [])

    async def test_subscriptions_in_a_transaction_leave_every_reply_in_its_place(self):
        client = await self.start_one()
        replies = client.send_raw(b"SET plain 1\r\nMULTI\r\nSUBSCRIBE a b\r\nGET product:1\r\nGET plain\r\nEXEC\r\nPING\r\n", 8)
        ok, multi, *queued, whole, rest, pong = [await asyncio.wait_for(r, options.scaled(5)) for r in replies]
        self.assertEqual((ok, multi, queued), ("OK", "OK", ["QUEUED"] * 3))
        # Redis announces three elements, and writes four frames.
        self.assertEqual(whole[:2], [[b"subscribe", b"a", 1], [b"subscribe", b"b", 2]])
        self.assertIn(b'"id":"1"', whole[2])
        self.assertEqual((rest, pong), (b"1", [b"pong", b""]))

    async def test_what_redis_keeps_waiting_in_a_pause_keeps_nobody_else_waiting(self):
        one = await self.start_one()
        writer, reader = await self.connect(self.daemon), await self.connect(self.daemon)
        self.assertEqual(await one.call("CLIENT", "PAUSE", "60000", "WRITE"), "OK")
        written = writer.send("SET", "k", "1")
        await self.eventually(lambda: self.redis.call("INFO", "clients"), lambda text: b"blocked_clients:1\r" in text, "the write waits")
        self.assertIsNone(await reader.call("GET", "k"))
        self.assertIn(b'"id":"1"', await reader.call("GET", "product:1"))
        self.assertEqual(await one.call("CLIENT", "UNPAUSE"), "OK")
        self.assertEqual(await asyncio.wait_for(written, options.scaled(5)), "OK")

    async def test_a_pause_counts_when_redis_has_accepted_it(self):
        """One that was refused costs nobody a link of their own, a second later; one in a transaction counts from EXEC."""
        one = await self.start_one()
        writer = await self.connect(self.daemon)
        await self.redis.call("ACL", "SETUSER", "default", "-client|pause")
        self.assert_error(await one.call("CLIENT", "PAUSE", "60000"), "NOPERM")
        await self.redis.call("ACL", "SETUSER", "default", "+@all")
        await asyncio.sleep(1.1)
        for begin, lent in ((self.redis.call("CLIENT", "PAUSE", "60000", "WRITE"), 0),
                            (one.pipeline([("MULTI",), ("CLIENT", "PAUSE", "60000", "WRITE"), ("EXEC",)]), 1)):
            await begin
            await asyncio.sleep(1.1)
            written = writer.send("SET", "k", "1")
            await self.eventually(lambda: self.redis.call("INFO", "clients"), lambda text: b"blocked_clients:1\r" in text, "the write waits")
            self.assertEqual((await self.daemon.metrics()).get("upstream_client_connections", state="lent"), lent)
            self.assertEqual(await one.call("CLIENT", "UNPAUSE"), "OK")
            self.assertEqual(await asyncio.wait_for(written, options.scaled(5)), "OK")

    async def test_an_error_of_herdgates_own_comes_behind_all_that_redis_has_said(self):
        for last in (b"*1\r\n$abc\r\n", b"QUIT\r\n"):
            with self.subTest(last):
                client = await self.start_one()
                self.assertEqual((await client.call("HELLO", "3"))[b"proto"], 3)
                self.assertEqual(await client.call("CLIENT", "TRACKING", "ON"), "OK")
                await client.call("GET", "k")
                replies = client.send_raw(b"SET k 1\r\n" + last, 3)
                done, push, end = [await asyncio.wait_for(r, options.scaled(5)) for r in replies]
                self.assertEqual((done, push), ("OK", [b"invalidate", [b"k"]]))
                self.assertTrue(end == "OK" or "Protocol error" in end.text)
                await client.wait_closed(options.scaled(5))

    async def test_scripts_keep_off_the_links_of_others(self):
        client, other = await self.start_one(), await self.connect(self.daemon)
        await client.call("CONFIG", "SET", "busy-reply-threshold", "50")
        busy = client.send("EVAL", "while true do end", "0")
        await self.eventually(lambda: other.call("SET", "k", "1"), lambda r: isinstance(r, error) and "BUSY" in r.text, "Redis is busy")
        self.assertEqual(await other.call("SCRIPT", "KILL"), "OK")
        self.assert_error(await asyncio.wait_for(busy, options.scaled(5)), "user_script")

    async def test_flushall_leaves_no_copy_behind(self):
        client = await self.start_one()
        for flush in (("FLUSHALL",), ("FLUSHDB",)):
            await client.call("GET", "product:1")
            before = await self.source.calls("1")
            replies = await client.pipeline([flush])
            self.assertEqual(replies, ["OK"])
            await client.call("GET", "product:1")
            self.assertEqual(await self.source.calls("1"), before + 1)
        await client.call("GET", "product:1")
        before = await self.source.calls("1")
        self.assertEqual((await client.pipeline([("MULTI",), ("FLUSHALL",), ("EXEC",)]))[2], ["OK"])
        await client.call("GET", "product:1")
        self.assertEqual(await self.source.calls("1"), before + 1)

    async def test_without_a_redis_a_dedicated_client_still_gets_routed_keys(self):
        client = await self.start_one("dedicated")
        await self.redis.kill()
        await client.wait_closed(options.scaled(5))
        again = await self.connect(self.daemon)
        self.assert_error(await again.call("SET", "k", "1"), "not reachable")
        self.assertIn(b'"id":"1"', await again.call("GET", "product:1"))
        await self.redis.restart()
        await self.eventually(lambda: again.call("SET", "k", "1"), lambda r: r == "OK", "Redis is back")
