# SPDX-License-Identifier: Apache-2.0
"""One load per key however many ask: 1,000 clients at one cold key."""

import json
import pathlib
import time

from support.daemon import command_route, http_route
from support.options import scaled
from support.resp import gather
from support.scenario import scenario

HERD = 1000
AFTER_THE_LOAD = 0.3    # seconds within which the last client has its answer


class herd(scenario):
    async def ask(self, clients, key):
        """All ask at once: when that began, and the futures."""
        began = time.monotonic()
        return began, [c.send("GET", key) for c in clients]

    async def assert_one_flight(self, daemon, route):
        m = await daemon.metrics()
        self.assertEqual(m.get("cache_lookups_total", route=route), HERD)
        self.assertEqual(m.get("cache_misses_total", route=route), 1)
        self.assertEqual(m.get("loads_started_total", route=route), 1)
        self.assertEqual(m.get("waiters"), 0)

    async def test_a_thousand_clients_at_one_cold_key_cause_one_call_of_the_origin(self):
        origin = await self.start_origin()
        await origin.set(delay="200ms")
        daemon = await self.start_daemon([http_route("product", origin.port)])
        clients = await self.connect(daemon, HERD)
        began, futures = await self.ask(clients, "product:1")
        replies = await gather(futures, scaled(15))
        last = max(c.last_received for c in clients) - began
        self.assertEqual({r for r in replies}, {replies[0]})
        self.assertEqual(json.loads(replies[0])["id"], "1")
        stats = await origin.stats()
        self.assertEqual(stats["total"], 1)
        await self.assert_one_flight(daemon, "product")
        self.figure(clients=HERD, origin_calls=stats["total"], last_reply_ms_after_first_request=last * 1000)
        self.assertLess(last, 0.2 + scaled(AFTER_THE_LOAD))

    async def test_all_thousand_waiters_are_answered_within_300_ms_of_the_end_of_the_load(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"})])
        clients = await self.connect(daemon, HERD)
        _, futures = await self.ask(clients, "product:1")
        await daemon.wait_for_waiters(HERD)
        self.assertEqual(len(origin.calls), 1)
        origin.calls[0].release("the value")
        replies = await gather(futures, scaled(15))
        last = max(c.last_received for c in clients) - origin.calls[0].answered_at
        self.assertEqual(set(replies), {b"the value"})
        await self.assert_one_flight(daemon, "product")
        self.figure(waiters=HERD, last_reply_ms_after_the_load=last * 1000)
        self.assertLess(last, scaled(AFTER_THE_LOAD))

    async def test_a_thousand_clients_at_one_cold_key_start_one_process(self):
        log = pathlib.Path(self.folder, "runs")
        script = pathlib.Path(self.folder, "load.sh")
        script.write_text(f'echo "$1" >> {log}\nsleep 0.2\nprintf "value of %s" "$1"\n')
        daemon = await self.start_daemon([command_route("report", ["/bin/sh", str(script), "{id}"])])
        clients = await self.connect(daemon, HERD)
        began, futures = await self.ask(clients, "report:7")
        replies = await gather(futures, scaled(15))
        last = max(c.last_received for c in clients) - began
        self.assertEqual(set(replies), {b"value of 7"})
        self.assertEqual(log.read_text(), "7\n")
        await self.assert_one_flight(daemon, "report")
        self.figure(clients=HERD, processes=1, last_reply_ms_after_first_request=last * 1000)
        self.assertLess(last, 0.2 + scaled(AFTER_THE_LOAD))

    async def test_a_herd_at_many_cold_keys_causes_one_call_for_each(self):
        origin = await self.start_origin()
        await origin.set(delay="200ms")
        daemon = await self.start_daemon([http_route("product", origin.port)])
        clients = await self.connect(daemon, 100)
        keys = range(40)
        futures = [c.send("GET", f"product:{k}") for c in clients for k in keys]
        replies = await gather(futures, scaled(20))
        for i, reply in enumerate(replies):
            self.assertEqual(json.loads(reply)["id"], str(i % len(keys)))
        stats = await origin.stats()
        self.assertEqual(set(stats["paths"].values()), {1})
        self.assertEqual(stats["total"], len(keys))

    async def test_a_load_outlives_the_clients_that_asked_for_it(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"})])
        gone = await self.connect(daemon, 20)
        for client in gone:
            client.send("GET", "product:1").add_done_callback(lambda f: f.exception())
        await daemon.wait_for_waiters(20)
        for client in gone:
            client.reset()
        await daemon.wait_until(lambda m: m.get("client_connections") == 0, "no clients")
        origin.calls[0].release("kept")
        await daemon.wait_idle()
        client = await self.connect(daemon)
        self.assertEqual(await client.call("GET", "product:1"), b"kept")
        self.assertEqual(len(origin.calls), 1)
