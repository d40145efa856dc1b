# SPDX-License-Identifier: Apache-2.0
"""Each file of config/patterns, as it is, with three daemons: it keeps what its page promises.

Beside each run stands a control: as many clients that read the cache, compute and write it, without protection.
"""

import asyncio
import json
import os
import time

from support import options, resp
from support.fleet import NAMES, fleet_scenario
from support.herd import herd, percentile
from support.options import scaled
from support.versioned_origin import parse_value

EACH = 20     # clients of a daemon
LOAD = 0.2    # seconds
FOLDER = options.ROOT / "config/patterns"


class patterns(fleet_scenario):
    async def start_pattern(self, name, count=3, delay=LOAD):
        """Daemons that run the file, and nothing but the file."""
        self.redis = await self.start_redis()
        self.origin = await self.start_versioned_origin(delay=delay)
        os.environ.update(LISTEN="127.0.0.1:0", ADMIN="127.0.0.1:0", REDIS_URL=self.redis.url(),
                          ORIGIN=f"http://127.0.0.1:{self.origin.port}")
        daemons = [await self.start_configured(FOLDER / f"{name}.yaml") for _ in range(count)]
        for letter, started in zip(NAMES, daemons):
            started.name = letter
        return daemons

    async def unprotected(self, key):
        """The control: as many clients, each for itself. How often the origin was asked."""
        async def one(client):
            if await client.call("GET", key) is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", origin.port)
                writer.write(f"GET /v/{key} HTTP/1.0\r\n\r\n".encode())
                answer = (await reader.read()).partition(b"\r\n\r\n")[2]
                await client.call("SETEX", key, 60, answer)
                writer.close()

        origin = await self.start_versioned_origin(delay=LOAD)
        clients = [await resp.connect(self.redis.port) for _ in range(3 * EACH)]
        await asyncio.gather(*map(one, clients))
        for client in clients:
            client.reset()
        return origin.count()

    async def measure(self, daemons, key):
        """All clients ask for the key at once: p50, p99 and max in ms, and the replies."""
        crowd = await herd.start(daemons, EACH)
        answers = await crowd.ask("GET", key)
        crowd.close()
        took = sorted(a.received - a.asked for a in answers)
        shown = {"p50_ms": percentile(took, 0.5), "p99_ms": percentile(took, 0.99), "max_ms": took[-1]}
        return {name: self.ms(value) for name, value in shown.items()}, [a.reply for a in answers]

    async def cold_key(self, name, key, **more):
        daemons = await self.start_pattern(name, **more)
        times, replies = await self.measure(daemons, key)
        control = await self.unprotected("control:" + name)
        self.figure(clients=3 * EACH, origin_calls=self.origin.count(), origin_calls_unprotected=control, **times)
        self.assertEqual(len(set(replies)), 1)
        self.assertEqual(self.origin.count(), 1)
        self.assertEqual(control, 3 * EACH)
        return daemons

    async def test_basic_lock_loads_a_missing_key_once(self):
        await self.cold_key("basic-lock", "product:1")

    async def test_owner_token_refuses_what_a_frozen_owner_loaded(self):
        daemons = await self.start_pattern("owner-token", delay=0)
        self.origin.held = True
        clients = [await self.connect(d) for d in daemons]
        asked = [asyncio.ensure_future(c.call("GET", "product:1")) for c in clients]
        await self.origin.wait_for(1)
        owner = (await self.entry("product:1")).lease.owner
        frozen = next(d for d in daemons if owner.endswith(f":{d.pid}"))
        self.freeze(frozen)
        self.origin.bump("1")
        began = time.monotonic()
        await self.origin.wait_for(2)
        taken_over = time.monotonic() - began
        self.origin.release()
        replies = await asyncio.gather(*(a for a, d in zip(asked, daemons) if d is not frozen))
        self.assertEqual({parse_value(r).version for r in replies}, {2})
        self.thaw(frozen)
        late = parse_value(await asyncio.wait_for(asked[daemons.index(frozen)], scaled(5)))
        self.assertEqual(parse_value((await self.entry("product:1")).data).version, 2)
        self.figure(taken_over_after_ms=self.ms(taken_over), the_frozen_owners_readers_got_version=late.version)

    async def test_placeholder_ends_with_its_owner(self):
        daemons = await self.start_pattern("placeholder", count=1, delay=30)
        client = await self.connect(daemons[0])
        client.send("GET", "report:1").add_done_callback(lambda f: f.exception())
        await self.origin.wait_for(1)
        placeholder = await self.wait_entry("report:1", lambda e: e is not None and e.lease, "placeholder")
        self.assertEqual(placeholder.status, "refreshing")
        await self.sigkill(daemons[0])
        began = time.monotonic()
        await self.wait_entry("report:1", lambda e: e is None, "gone by itself")
        self.figure(placeholder_outlived_its_owner_by_ms=self.ms(time.monotonic() - began))

    async def test_hash_entry_serves_the_old_value_while_it_is_refreshed_once(self):
        daemons = await self.cold_key("hash-entry", "product:1")
        await asyncio.sleep(1.1)
        self.origin.bump("1")
        times, replies = await self.measure(daemons, "product:1")
        await self.wait_entry("product:1", lambda e: parse_value(e.data).version == 2, "refreshed")
        self.figure(origin_calls_at_expiry=self.origin.count() - 1, **times)
        self.assertEqual(self.origin.count(), 2)
        self.assertEqual({parse_value(r).version for r in replies}, {1})

    async def test_semaphore_lets_two_loads_run_in_the_fleet(self):
        daemons = await self.start_pattern("semaphore", delay=0.05)
        clients = [await self.connect(d) for d in daemons]
        began = time.monotonic()
        await asyncio.gather(*(c.call("GET", f"product:{n}") for n, c in enumerate(clients * 5)))
        self.figure(keys=15, most_at_once=self.origin.max_in_flight, ms=self.ms(time.monotonic() - began), ideal_ms=400)
        self.assertEqual(self.origin.count(), 15)
        self.assertLessEqual(self.origin.max_in_flight, 2)

    async def test_pubsub_invalidation_drops_every_copy_or_has_it_refreshed(self):
        daemons = await self.start_pattern("pubsub-invalidation", delay=0)
        clients = [await self.connect(d) for d in daemons]
        for route in ("product", "price"):
            for client in clients:
                self.assertEqual(await self.version(client, f"{route}:1"), 1)
        self.assertEqual(self.origin.count(), 2)
        self.origin.bump("1")
        took = []
        for route in ("product", "price"):
            began = time.monotonic()
            heard = await self.redis.call("PUBLISH", "cache_invalidation", json.dumps({"key": f"{route}:1"}))
            self.assertGreaterEqual(heard, 3)
            for client in clients:
                await self.eventually(lambda c=client, r=route: self.version(c, f"{r}:1"), lambda v: v == 2, "the new version")
            took.append(self.ms(time.monotonic() - began))
        self.figure(everywhere_after_ms=took, origin_calls=self.origin.count())
        self.assertLessEqual(self.origin.count(), 2 + 2 * 3)

    async def test_refresh_stream_has_the_new_value_before_anybody_asks(self):
        daemons = await self.start_pattern("refresh-stream", delay=0)
        client = await self.connect(daemons[0])
        self.assertEqual(await self.version(client, "product:1"), 1)
        self.origin.bump("1")
        began = time.monotonic()
        await self.redis.call("XADD", "cache_refresh", "*", "key", "product:1")
        await self.wait_entry("product:1", lambda e: e.data and parse_value(e.data).version == 2, "refreshed")
        self.figure(refreshed_after_ms=self.ms(time.monotonic() - began), origin_calls=self.origin.count())
        self.assertEqual(self.origin.count(), 2)
