#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The chaos run's own tests: the checker against made-up histories, with one violation of each kind and one excuse for
each fault; the TCP proxy and the Redis wrapper against a real redis-server.

    tests/chaos/self_test.py [-v] [NAME…]
"""

import asyncio
import dataclasses
import pathlib
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
sys.dont_write_bytecode = True

import checker  # noqa: E402
import summary  # noqa: E402
from histories import end, fault, histories, load, put, read, sample, write  # noqa: E402
from rules import route_rule, rules  # noqa: E402
from support.herd import percentile  # noqa: E402
from support.monitor import parse_line  # noqa: E402
from support.redis_server import redis_server  # noqa: E402
from support.versioned_origin import parse_value  # noqa: E402
from tcp_proxy import tcp_proxy  # noqa: E402

ALLOWED = rules(routes={"hard": route_rule(ttl=2.0), "soft": route_rule(1.0, 2.0, 4.0)}, woken=0.4)
KEY = "hard:1"


def loaded(number, began, daemon="a1", version=1, key=KEY, took=0.2, outcome="answered"):
    return load(number, key, daemon, version, began, began + took, outcome)


def got(asked, version=1, number=1, daemon="a1", key=KEY, took=0.01, client=1, **more):
    return read(client, daemon, key, asked, asked + took, "value", key, version, number, **more)


def ended(outcome, asked=10.0, took=0.01, text=""):
    return read(1, "a1", KEY, asked, asked + took, outcome, text=text)


def deleted(version, asked, via="b1", kind="del", acked=None, key=KEY):
    return write(key, version, via, kind, asked, asked + 0.01 if acked is None else acked)


class checks(unittest.TestCase):
    def kinds(self, **given):
        return [one.kind for one in checker.judge(histories(**given), ALLOWED)]

    def assert_fine(self, **given):
        self.assertEqual([one.text for one in checker.judge(histories(**given), ALLOWED)], [])


class loads(checks):
    def test_an_expiry_apart_is_fine(self):
        self.assert_fine(loads=[loaded(1, 0), loaded(2, 2.3, "b1"), loaded(3, 4.6, "c1")])

    def test_a_load_too_many_is_found(self):
        """The look-again removed: somebody acquires who looked before the fill."""
        self.assertEqual(self.kinds(loads=[loaded(1, 0), loaded(2, 0.25, "b1")]), ["a load too many"])

    def test_overlapping_loads_are_found(self):
        self.assertEqual(self.kinds(loads=[loaded(1, 0), loaded(2, 0.1, "b1")]), ["overlapping loads"])

    def test_one_invalidation_is_one_load_more(self):
        twice = [loaded(1, 0), loaded(2, 0.5, version=2)]
        self.assert_fine(loads=twice, writes=[deleted(2, 0.3)])
        thrice = twice + [loaded(3, 1.3, "b1", version=2)]
        self.assertEqual(self.kinds(loads=thrice, writes=[deleted(2, 0.3)]), ["a load too many"])

    def test_a_lease_that_an_invalidation_takes_before_its_load_begins_is_one_load_more(self):
        pair = [loaded(1, 0, version=2), loaded(2, 0.01, "b1", version=2)]
        self.assert_fine(loads=pair, writes=[deleted(2, -0.003, acked=-0.001)])
        self.assertEqual(self.kinds(loads=pair, writes=[deleted(2, -0.3, acked=-0.2)]), ["overlapping loads"])

    def test_who_slept_through_a_message_acts_on_it_late(self):
        given = {"loads": [loaded(1, 0.3), loaded(2, 1.2, "b1")],
                 "writes": [deleted(2, 0, via="", kind="channel", acked=0.01)]}
        self.assertEqual(self.kinds(**given), ["a load too many"])
        self.assert_fine(**given, faults=[fault("freeze", "c", -0.5, 1.1)])

    def test_a_failed_load_may_be_followed_by_another(self):
        self.assert_fine(loads=[loaded(1, 0, outcome="status 503"), loaded(2, 0.3, "b1")])

    def test_faults_excuse_the_loads_that_they_explain_and_no_others(self):
        pair = [loaded(1, 10.0), loaded(2, 10.5, "b1")]
        for kind, target in (("kill", "a"), ("freeze", "a"), ("cut", "a"), ("blackhole", "b"), ("redis_kill", ""),
                             ("redis_freeze", ""), ("client_kill", ""), ("flushall", ""), ("entry_del", KEY)):
            with self.subTest(kind=kind):
                self.assert_fine(loads=pair, faults=[fault(kind, target, 10.1, 10.4)])
        for kind, target in (("kill", "c"), ("cut", "c"), ("script_flush", ""), ("slow_link", "a"), ("slices", "a"),
                             ("entry_del", "hard:2")):
            with self.subTest(kind=kind):
                found = self.kinds(loads=pair, faults=[fault(kind, target, 10.1, 10.4)])
                self.assertEqual(found, ["a load too many"])

    def test_a_fault_excuses_nothing_for_long(self):
        pair = [loaded(1, 10.0), loaded(2, 10.5, "b1")]
        for kind in ("redis_kill", "client_kill", "flushall"):
            self.assertEqual(self.kinds(loads=pair, faults=[fault(kind, "", 5.0, 7.0)]), ["a load too many"])

    def test_a_killed_holders_end_does_not_excuse_the_load_after_the_next(self):
        three = [loaded(1, 10.0, "a1", outcome="aborted"), loaded(2, 13.0, "b1"), loaded(3, 13.6, "c1")]
        self.assertEqual(self.kinds(loads=three, faults=[fault("kill", "a", 10.1, 10.2)]), ["a load too many"])

    def test_two_loads_at_once_in_one_process_are_found_although_redis_is_away(self):
        twice = [loaded(1, 10.0), loaded(2, 10.1)]
        away = [fault("redis_kill", "", 5.0, 20.0)]
        self.assertEqual(self.kinds(loads=twice, faults=away), ["two loads in a process"])
        self.assert_fine(loads=[loaded(1, 10.0), loaded(2, 10.1, "b1")], faults=away)


class readers(checks):
    loads = [loaded(1, 9.0), loaded(2, 10.3, "b1", version=2)]
    writes = [deleted(2, 10.0)]

    def judge_read(self, one, faults=(), **more):
        return self.kinds(loads=self.loads, writes=self.writes, reads=[one], faults=faults, **more)

    def test_a_lost_invalidation_is_found(self):
        """The fence removed, or a detached flight joined."""
        self.assertEqual(self.judge_read(got(10.5)), ["an invalidation was lost"])
        self.assertEqual(self.judge_read(got(10.5, 2, 2)), [])

    def test_the_daemon_of_the_deletion_knows_at_once(self):
        self.assertEqual(self.judge_read(got(10.02, daemon="b1")), ["an invalidation was lost"])
        self.assertEqual(self.judge_read(got(10.02, daemon="c1")), [], "the others have to be told first")

    def test_who_asked_before_may_have_the_old_version(self):
        self.assertEqual(self.judge_read(got(10.005, took=0.3, daemon="b1")), [])

    def test_what_was_not_acknowledged_is_not_owed(self):
        self.assert_fine(loads=self.loads, reads=[got(10.5)], writes=[deleted(2, 10.0, acked=0)])

    def test_a_message_on_the_channel_may_be_missed_by_who_is_away(self):
        told = [deleted(2, 10.0, via="", kind="channel")]
        given = {"loads": self.loads, "reads": [got(10.5)], "writes": told}
        self.assertEqual(self.kinds(**given), ["an invalidation was lost"])
        self.assert_fine(**given, faults=[fault("cut", "a", 9.5, 10.1)])

    def test_a_daemon_without_redis_may_serve_copies_but_not_for_ever(self):
        old = [loaded(1, 9.0), loaded(2, 10.3, "b1", version=2)]
        cut = [fault("cut", "a", 9.9, 30.0)]
        self.assert_fine(loads=old, writes=self.writes, reads=[got(10.9)], faults=cut)
        self.assertIn("an invalidation was lost",
                      self.kinds(loads=old, writes=self.writes, reads=[got(14.0)], faults=cut))
        self.assertIn("an invalidation was lost", self.kinds(
            loads=old, writes=self.writes, reads=[got(10.9)], faults=[fault("cut", "b", 9.9, 30.0)]))

    def test_a_version_that_goes_back_is_found(self):
        """Also where nobody invalidated: two loads without a lease, the older stored last."""
        back = [got(10.6, 2, 2), got(10.7, 1, 1)]
        given = {"loads": self.loads, "reads": back}
        self.assertIn("a version went back", self.kinds(**given))
        self.assertNotIn("a version went back", self.kinds(**given, faults=[fault("redis_kill", "", 10.1, 10.2)]))
        self.assertIn("a version went back", self.kinds(**given, faults=[fault("kill", "b", 10.1, 10.2)]))

    def test_a_version_may_be_seen_before_its_invalidation(self):
        back = [got(10.6, 2, 2), got(10.7, 1, 1)]
        self.assertNotIn("a version went back",
                         self.kinds(loads=self.loads, reads=back, writes=[deleted(2, 10.55, acked=0)]))

    def test_a_value_past_its_windows_is_found_whatever_happened(self):
        away = [fault("redis_kill", "", 9.0, 99.0)]
        found = self.kinds(loads=[loaded(1, 9.0)], reads=[got(14.0)], faults=away)
        self.assertEqual(found, ["a value past its windows"])
        self.assert_fine(loads=[loaded(1, 9.0, key="soft:1")], reads=[got(14.0, key="soft:1")], faults=away)

    def test_a_value_that_was_stored_late_is_young_from_then_on(self):
        late = {"loads": [loaded(1, 9.0)], "reads": [got(14.0)]}
        self.assert_fine(**late, faults=[fault("redis_freeze", "", 9.1, 11.5)])
        self.assert_fine(**late, faults=[fault("freeze", "a", 9.1, 11.5)])
        for kind, target, began in (("freeze", "b", 9.1), ("redis_freeze", "", 10.5)):
            found = self.kinds(**late, faults=[fault(kind, target, began, 11.5)])
            self.assertEqual(found, ["a value past its windows"])

    def test_another_keys_value_is_found(self):
        wrong = got(9.5)
        wrong.value_key = "hard:2"
        self.assertEqual(self.judge_read(wrong), ["a value of another key"])
        self.assertEqual(self.judge_read(got(9.5, number=77)), ["a value of another key"])
        self.assertEqual(self.judge_read(got(9.5, version=2)), ["a value of another key"])


class requests(checks):
    def test_every_bad_end_is_found_and_a_stopped_daemon_excuses_it(self):
        for outcome, kind in (("late", "a request without an end"), ("lost", "a connection was lost"),
                              ("error", "a read without a value"), ("nil", "a read without a value")):
            with self.subTest(outcome=outcome):
                self.assertEqual(self.kinds(reads=[ended(outcome)]), [kind])
                self.assert_fine(reads=[ended(outcome)], faults=[fault("freeze", "a", 9, 11)])
                self.assertEqual(self.kinds(reads=[ended(outcome)], faults=[fault("freeze", "b", 9, 11)]), [kind])
                self.assertEqual(self.kinds(reads=[ended(outcome)], faults=[fault("redis_kill", "", 9, 11)]), [kind])

    def test_nothing_excuses_replies_in_another_order(self):
        self.assertEqual(self.kinds(reads=[ended("mixed")], faults=[fault("kill", "a", 9, 11)]),
                         ["replies out of order"])

    def test_a_lost_wake_up_is_found(self):
        waited = got(10.05, daemon="b1", took=0.95)
        self.assertEqual(self.kinds(loads=[loaded(1, 10.0)], reads=[waited]), ["a waiter was not woken"])
        self.assert_fine(loads=[loaded(1, 10.0)], reads=[got(10.05, daemon="b1", took=0.3)])
        self.assert_fine(loads=[loaded(1, 10.0)], reads=[waited], faults=[fault("client_kill", "", 10.1, 10.1)])
        self.assertEqual(self.kinds(loads=[loaded(1, 10.0)], reads=[waited], faults=[fault("slow_link", "b", 9, 11)]),
                         ["a waiter was not woken"])

    def test_who_waited_for_a_second_load_is_woken_by_that_one(self):
        both = [loaded(1, 10.0, took=0.4), loaded(2, 10.45, version=2, took=0.4)]
        self.assert_fine(loads=both, reads=[got(10.05, 2, 2, "b1", took=0.85)], writes=[deleted(2, 10.2)])


class entries(checks):
    def test_a_key_without_a_ttl_is_found_once(self):
        self.assertEqual(self.kinds(samples=[sample(1, KEY, -1, 1, False), sample(2, KEY, -1, 1, False)]), ["no TTL"])
        self.assert_fine(samples=[sample(1, KEY, 900, 1, False)])

    def test_a_lease_that_nobody_loads_under_is_found(self):
        leased = [sample(10.1, KEY, 900, 1, True)]
        self.assertEqual(self.kinds(samples=leased), ["a lease without a load"])
        self.assert_fine(samples=leased, loads=[loaded(1, 10.0)])
        self.assert_fine(samples=leased, loads=[loaded(1, 9.0)])
        self.assert_fine(samples=leased, faults=[fault("kill", "a", 9.5, 9.6)])

    def test_an_old_value_in_redis_is_found_whoever_reads_it(self):
        writes = [deleted(2, 10.0)]
        for seen in ({"samples": [sample(10.1, KEY, 900, 1, False)]}, {"puts": [put(10.1, KEY, 1)]}):
            with self.subTest(seen=seen):
                self.assertEqual(self.kinds(writes=writes, **seen), ["an old value was stored"])
                frozen = [fault("freeze", "a", 9, 12)]
                self.assertEqual(self.kinds(writes=writes, faults=frozen, **seen), ["an old value was stored"])
        self.assert_fine(writes=writes, puts=[put(9.9, KEY, 1), put(10.1, KEY, 2)])

    def test_what_is_left_is_found(self):
        self.assertEqual(self.kinds(ends=[end("a1", "descriptors left over", 0, 3), end("a1", "x", 2, 2)]),
                         ["descriptors left over"])


class around(checks):
    def test_histories_survive_their_files(self):
        given = histories(reads=[got(1.0)], loads=[loaded(1, 0.0)], writes=[deleted(2, 1.0)], puts=[put(1, KEY, 2)],
                          faults=[fault("kill", "a", 1, 2)], samples=[sample(1, KEY, 5, 1, True)],
                          ends=[end("a", "b", 1, 2)])
        with tempfile.TemporaryDirectory() as folder:
            given.save(folder)
            again = histories.read(folder)
        self.assertEqual({k: list(map(dataclasses.asdict, v)) for k, v in vars(given).items()},
                         {k: list(map(dataclasses.asdict, v)) for k, v in vars(again).items()})

    def test_the_table_shows_each_figure(self):
        seen = histories(reads=[got(10.5)], loads=readers.loads, writes=readers.writes,
                         faults=[fault("kill", "a", 1, 2)])
        text = summary.table(seen, checker.judge(seen, ALLOWED), {"all": 1.5}, time.monotonic())
        for part in ("| requests | 1 |", "| loads | 2 |", "| faults: kill | 1 (1.0 s) |", "| recovery: all | 1500 ms |",
                     "| violations: an invalidation was lost | 1 |", "VIOLATION"):
            self.assertIn(part, text)

    def test_values_and_percentiles(self):
        self.assertEqual(parse_value(b"hard:1|3|17|"), ("hard:1", 3, 17))
        for wrong in (None, b"", b"a|b|c|d", b"a|1|2", "text"):
            self.assertIsNone(parse_value(wrong))
        self.assertEqual((percentile([1, 2, 3], 0.5), percentile(range(100), 0.99)), (2, 99))


class with_redis(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.redis = await redis_server.start(self.folder.name, unix_socket=True)

    async def asyncTearDown(self):
        await self.redis.stop()
        self.folder.cleanup()

    async def proxied(self):
        proxy = await tcp_proxy.start(self.redis.port, seed=1)
        self.addAsyncCleanup(proxy.stop)
        from support import resp
        client = await resp.connect(proxy.port)
        self.addCleanup(client.close)
        return proxy, client

    async def test_redis_keeps_its_port_and_loses_its_data(self):
        self.assertEqual(await self.redis.call("SET", "a", "1"), "OK")
        port = self.redis.port
        await self.redis.kill()
        with self.assertRaises(OSError):
            await self.redis.connect()
        await self.redis.restart()
        self.assertEqual(self.redis.port, port)
        self.assertIsNone(await self.redis.call("GET", "a"))

    async def test_a_frozen_redis_answers_later(self):
        client = await self.redis.connect()
        self.addCleanup(client.close)
        self.redis.freeze()
        reply = client.send("PING")
        await asyncio.sleep(0.1)
        self.assertFalse(reply.done())
        self.redis.thaw()
        self.assertEqual(await asyncio.wait_for(reply, 5), "PONG")

    async def test_immortal_keys_and_command_counts_are_seen(self):
        await self.redis.call("SET", "cache:a", "1")
        await self.redis.call("SET", "cache:b", "1", "EX", "10")
        self.assertEqual(await self.redis.immortal_keys(), [b"cache:a"])
        before = await self.redis.command_calls()
        await self.redis.call("HMGET", "cache:c", "data")
        self.assertEqual((await self.redis.command_calls())["hmget"] - before.get("hmget", 0), 1)

    async def test_what_a_script_writes_is_seen_by_monitor(self):
        client = await self.redis.connect()
        self.addCleanup(client.close)
        await client.call("MONITOR")
        script = "redis.call('HSET', KEYS[1], 'data', ARGV[1]) return 1"
        await self.redis.call("EVAL", script, 1, "cache:a", b"\x00\"\\\xff")
        seen = [one for line in client.unasked if (one := parse_line(line)) and one.in_script]
        self.assertTrue(seen[0].writes_data("cache:a"))
        self.assertEqual(seen[0].words[3].encode("latin-1"), b"\x00\"\\\xff")

    async def test_the_proxy_passes_slices_and_delays_bytes_unchanged(self):
        proxy, client = await self.proxied()
        data = bytes(range(256)) * 20
        for proxy.slice, proxy.delay in ((0, (0, 0)), (3, (0, 0)), (700, (0.001, 0.002))):
            self.assertEqual(await client.call("ECHO", data, deadline=5), data)
        self.assertGreater(proxy.passed, 6 * len(data))

    async def test_the_proxy_cuts_refuses_swallows_and_heals(self):
        proxy, client = await self.proxied()
        proxy.swallowing = True
        with self.assertRaises(asyncio.TimeoutError):
            await client.call("PING", deadline=0.2)
        proxy.disconnect()
        await client.wait_closed(2)
        from support import resp
        refused = await resp.connect(proxy.port)
        await refused.wait_closed(2)
        proxy.heal()
        again = await resp.connect(proxy.port)
        self.assertEqual(await again.call("PING", deadline=2), "PONG")
        proxy.cut_after = 1000
        with self.assertRaises((ConnectionError, asyncio.TimeoutError)):
            await again.call("ECHO", b"x" * 5000, deadline=2)
        again.close()


if __name__ == "__main__":
    unittest.main()
