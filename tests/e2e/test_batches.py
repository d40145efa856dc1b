# SPDX-License-Identifier: Apache-2.0
"""Misses that meet go to the origin as one call; each key keeps its own flight, its own end and its own place in the figures."""

import asyncio
import pathlib

from support.batch_origin import batch_origin
from support.daemon import command_route, http_route
from support.options import scaled
from support.scenario import scenario


class batches(scenario):
    async def serve(self, batch=None, workers=2, **settings):
        self.origin = await batch_origin.start()
        self.addAsyncCleanup(self.origin.stop)
        batch = {"url": f"http://127.0.0.1:{self.origin.port}/batch?ids={{ids}}", **(batch or {})}
        route = http_route("item", self.origin.port, http={"batch": batch, "timeout": "20s"},
                           **{"wait": {"timeout": "30s"}, **settings})
        self.daemon = await self.start_daemon([route], workers=workers)
        return await self.connect(self.daemon)

    async def figures(self):
        seen = await self.daemon.wait_idle()
        started, ended = seen.get("loads_started_total"), seen.get("loads_total")
        self.assertEqual(started, ended)
        self.assertEqual(seen.get("load_batches_total", route="item"), len(self.origin.calls))
        self.assertEqual(seen.get("load_batch_keys_total", route="item"), sum(map(len, self.origin.calls)))
        return seen

    async def test_an_mget_of_100_cold_keys_is_one_call(self):
        client = await self.serve({"window": "50ms"})
        keys = [f"item:{i}" for i in range(100)]
        replies = await client.call("MGET", *keys)
        self.assertEqual(replies, [f"value of {i}".encode() for i in range(100)])
        self.assertEqual([sorted(call, key=int) for call in self.origin.calls], [[str(i) for i in range(100)]])
        seen = await self.figures()
        self.assertEqual(seen.get("loads_started_total", route="item"), 100)
        self.assertEqual(seen.get("loads_total", route="item", outcome="ok"), 100)
        self.assertEqual(seen.get("cache_misses_total", route="item"), 100)
        self.assertEqual(await client.call("MGET", *keys), replies)
        self.assertEqual(len(self.origin.calls), 1, "they are cached")

    async def test_fifty_clients_within_the_window_are_few_calls(self):
        await self.serve({"window": f"{round(scaled(100))}ms"})
        clients = await self.connect(self.daemon, 50)
        replies = await asyncio.gather(*(c.call("GET", f"item:{i}") for i, c in enumerate(clients)))
        self.assertEqual(replies, [f"value of {i}".encode() for i in range(50)])
        self.assertLessEqual(len(self.origin.calls), 3)
        self.assertEqual(sum(map(len, self.origin.calls)), 50)
        self.figure(clients=50, calls=len(self.origin.calls))
        await self.figures()

    async def test_readers_of_a_key_that_is_in_a_batch_join_its_flight(self):
        client = await self.serve()
        self.origin.gate.clear()
        first = asyncio.create_task(client.call("MGET", "item:a", "item:b"))
        await self.daemon.wait_until(lambda m: m.get("load_batches_total") == 1, "a batch")
        others = await self.connect(self.daemon, 10)
        later = [asyncio.create_task(c.call("GET", "item:b")) for c in others]
        await self.daemon.wait_for_waiters(12)
        self.origin.gate.set()
        self.assertEqual(await first, [b"value of a", b"value of b"])
        self.assertEqual(await asyncio.gather(*later), [b"value of b"] * 10)
        self.assertEqual(len(self.origin.calls), 1)

    async def test_no_call_has_more_keys_than_max(self):
        client = await self.serve({"max": 30, "window": "50ms"})
        replies = await client.call("MGET", *(f"item:{i}" for i in range(100)))
        self.assertEqual(replies, [f"value of {i}".encode() for i in range(100)])
        self.assertEqual(sorted(map(len, self.origin.calls)), [10, 30, 30, 30])
        await self.figures()

    async def test_a_call_is_one_load_for_the_limit(self):
        client = await self.serve({"max": 10, "window": "10ms"}, limit={"concurrency": 2, "queue": 100})
        self.origin.gate.clear()
        asked = asyncio.create_task(client.call("MGET", *(f"item:{i}" for i in range(100))))
        await self.daemon.wait_until(lambda m: m.get("load_queue_length") == 8, "eight calls that wait")
        async with asyncio.timeout(scaled(5)):    # they may still be on their way
            while len(self.origin.calls) < 2:
                await asyncio.sleep(0.01)
        self.assertEqual(len(self.origin.calls), 2)
        self.origin.gate.set()
        self.assertEqual(await asked, [f"value of {i}".encode() for i in range(100)])
        self.assertEqual(len(self.origin.calls), 10)
        await self.figures()

    async def test_a_full_queue_rejects_the_keys_of_a_call(self):
        client = await self.serve({"max": 1, "window": "10ms"}, limit={"concurrency": 1, "queue": 1})
        self.origin.gate.clear()
        asked = [asyncio.create_task(client.call("GET", f"item:{i}")) for i in range(3)]
        await self.daemon.wait_until(lambda m: m.get("loads_total", outcome="rejected") == 1, "one rejected")
        self.origin.gate.set()
        replies = await asyncio.gather(*asked)
        self.assertEqual(replies[:2], [b"value of 0", b"value of 1"])
        self.assert_error(replies[2], "too many loads are waiting for their turn")
        await self.figures()

    async def test_what_the_answer_lacks_is_absent_and_remembered(self):
        client = await self.serve()
        self.origin.answer = lambda ids: {"a": "A", "null": None, "stranger": 1}
        self.assertEqual(await client.call("MGET", "item:a", "item:null", "item:none"), [b"A", None, None])
        self.assertEqual(await client.call("MGET", "item:null", "item:none"), [None, None])
        seen = await self.figures()
        self.assertEqual(len(self.origin.calls), 1)
        self.assertEqual(seen.get("loads_total", outcome="not_found"), 2)
        self.assertEqual(seen.get("cache_negative_hits_total"), 2)

    async def test_values_that_are_no_strings_are_compact_json_with_their_digits(self):
        client = await self.serve()
        self.origin.answer = lambda ids: b'{ "o": { "x" : [ 1, 2.50 ] }, "n": 12345678901234567890.10, "t": true, "s": "\\u00e9\\n" }'
        replies = await client.call("MGET", "item:o", "item:n", "item:t", "item:s")
        self.assertEqual(replies, [b'{"x":[1,2.50]}', b"12345678901234567890.10", b"true", b"\xc3\xa9\n"])

    async def test_an_array_is_taken_apart_by_its_elements_keys(self):
        client = await self.serve({"key": "/meta/id"})
        self.origin.answer = lambda ids: [{"meta": {"id": int(i) if i.isdigit() else i}, "v": i} for i in reversed(ids)] + [None]
        self.assertEqual(await client.call("MGET", "item:7", "item:x"), [b'{"meta":{"id":7},"v":"7"}', b'{"meta":{"id":"x"},"v":"x"}'])

    async def test_an_element_without_a_key_fails_only_what_is_not_found(self):
        client = await self.serve({"key": "/id"})
        self.origin.answer = lambda ids: [{"id": "a"}, {"name": "b"}]
        replies = await client.call("MGET", "item:a")
        self.assertEqual(replies, [b'{"id":"a"}'])
        self.assert_error(await client.call("GET", "item:b"), "some of that has no key")

    async def test_a_key_that_cannot_be_asked_for_fails_alone(self):
        client = await self.serve()
        replies = await client.pipeline([("GET", "item:a"), ("GET", b"item:\xff"), ("GET", "item:b,c d/e")])
        self.assertEqual([replies[0], replies[2]], [b"value of a", b"value of b,c d/e"])
        self.assert_error(replies[1], "key refused", "UTF-8")

    async def test_a_call_that_fails_fails_its_keys_with_its_reason(self):
        client = await self.serve()
        self.origin.status = 500
        replies = await client.pipeline([("GET", f"item:{i}") for i in range(3)])
        for reply in replies:
            self.assert_error(reply, "load failed", "500")
        self.assertEqual(len(self.origin.calls), 1)
        self.origin.status, self.origin.answer = 200, lambda ids: b"<html>"
        self.assert_error(await client.call("GET", "item:x"), "the answer to a batch is not JSON")
        self.origin.answer = lambda ids: [1]
        self.assert_error(await client.call("GET", "item:y"), "needs 'key'")
        await self.figures()

    async def test_a_long_url_is_made_two(self):
        client = await self.serve({"window": "50ms"})
        keys = [f"{i:03}" + "x" * 497 for i in range(20)]
        self.assertEqual(await client.call("MGET", *("item:" + k for k in keys)), [f"value of {k}".encode() for k in keys])
        self.assertEqual([len(call) for call in self.origin.calls], [12, 8])

    async def test_a_write_meanwhile_wins_over_the_batch(self):
        client = await self.serve()
        self.origin.gate.clear()
        asked = asyncio.create_task(client.call("MGET", "item:a", "item:b"))
        await self.daemon.wait_until(lambda m: m.get("load_batches_total") == 1, "a batch")
        writer = await self.connect(self.daemon)
        self.assertEqual(await writer.call("SET", "item:a", "written"), "OK")
        self.origin.gate.set()
        self.assertEqual(await asked, [b"value of a", b"value of b"])
        self.assertEqual(await writer.call("MGET", "item:a", "item:b"), [b"written", b"value of b"])

    async def test_a_command_reads_keys_and_prints_an_object(self):
        program = pathlib.Path(self.folder, "batch.py")
        program.write_text("import json, sys\nopen(sys.argv[1], 'a').write('run\\n')\n"
                           "keys = sys.stdin.read().split('\\n')[:-1]\n"
                           "print(json.dumps({k: k.upper() for k in keys if k != 'item:none'}))\n")
        runs = pathlib.Path(self.folder, "runs")
        route = command_route("item", ["/usr/bin/python3", str(program), str(runs)],
                              command={"batch": {"window": "50ms"}}, wait={"timeout": "30s"})
        self.daemon = await self.start_daemon([route])
        client = await self.connect(self.daemon)
        replies = await client.pipeline([("MGET", "item:a b", "item:none", "item:é"), ("GET", "item:a\nb")])
        self.assertEqual(replies[0], [b"ITEM:A B", None, "ITEM:É".encode()])
        self.assert_error(replies[1], "key refused", "line break")
        self.assertEqual(runs.read_text(), "run\n")
