# SPDX-License-Identifier: Apache-2.0
"""HTTP loads: further requests and their budget, parts of answers, unix sockets, client certificates, traces, packed answers."""

import asyncio
import os
import re

from support.daemon import http_route
from support.options import scaled
from support.resp import gather
from support.scenario import scenario

PATIENT = {"timeout": "5s"}    # a slow build is no fault
NO_BACKOFF = {"backoff": {"first": "1ms", "max": "1ms"}}


class http_loads(scenario):
    async def start(self, http, *arguments, **settings):
        """An origin, a daemon with a route to it, and a client."""
        origin = await self.start_origin(0, *arguments)
        daemon = await self.start_daemon([http_route("product", origin.port, http={**PATIENT, **http}, **settings)])
        return origin, daemon, await self.connect(daemon)

    async def retries(self, daemon):
        return (await daemon.metrics()).get("load_retries_total", route="product")

    async def test_a_busy_origin_is_asked_again_within_one_load(self):
        origin, daemon, client = await self.start({"retry": {"attempts": 2}})
        await origin.set(status=503, only=2)
        clients = await self.connect(daemon, 20)
        replies = await gather([c.send("GET", "product:1") for c in clients], scaled(10))
        self.assertEqual(len(set(replies)), 1)
        self.assertIn(b'"load":3', replies[0])
        self.assertEqual(await origin.calls("1"), 3)
        m = await daemon.metrics()
        self.assertEqual(m.get("load_retries_total", route="product"), 2)
        self.assertEqual(m.get("loads_total", route="product", outcome="ok"), 1)
        seen = [r["headers"]["traceparent"] for r in await origin.requests()]
        self.assertEqual(len({s[3:35] for s in seen}), 1, "one trace for the load")
        self.assertEqual(len({s[36:52] for s in seen}), 3, "each request is a part of its own")

    async def test_without_retry_or_another_status_there_is_one_request(self):
        origin, daemon, client = await self.start({})
        await origin.set(status=503)
        self.assert_error(await client.call("GET", "product:1"), "HTTP 503")
        self.assertEqual(await origin.calls(), 1)
        origin, daemon, client = await self.start({"retry": {"attempts": 5, "on": ["connect", 502]}})
        await origin.set(status=503)
        self.assert_error(await client.call("GET", "product:1"), "HTTP 503")
        self.assertEqual(await origin.calls(), 1)
        self.assertEqual(await self.retries(daemon), 0)

    async def test_retries_stay_within_their_budget_and_what_was_counted_is_what_the_origin_saw(self):
        origin, daemon, client = await self.start({"retry": {"attempts": 1, "budget": "10%"}})
        await origin.set(status=503)
        replies = await client.pipeline([("GET", f"product:{i}") for i in range(200)])
        for reply in replies:
            self.assert_error(reply, "HTTP 503")
        calls, retries = await origin.calls(), await self.retries(daemon)
        self.assertEqual(calls, 200 + retries)
        self.assertLessEqual(retries, 20 + 2 * 3, "a tenth, and three for each worker")
        self.assertGreaterEqual(retries, 3)
        self.figure(loads=200, retries=retries)

    async def test_an_origin_that_is_away_is_tried_again(self):
        origin, daemon, client = await self.start({"retry": {"attempts": 5}}, **NO_BACKOFF)
        await origin.stop()
        self.assert_error(await client.call("GET", "product:1"), "cannot connect: Connection refused")
        self.assertGreaterEqual(await self.retries(daemon), 3)

    async def test_time_outs_are_not_tried_again(self):
        origin, daemon, client = await self.start({"retry": {"attempts": 5}, "timeout": "300ms"})
        await origin.set(mode="hang")
        self.assert_error(await client.call("GET", "product:1"), "no answer within 300 ms")
        self.assertEqual(await origin.calls(), 1)
        self.assertEqual(await self.retries(daemon), 0)

    async def test_a_kept_connection_that_the_origin_closes_costs_no_failed_load(self):
        origin, daemon, client = await self.start({"retry": {"attempts": 1}})
        await client.pipeline([("GET", f"product:warm{i}") for i in range(20)])
        before = await origin.calls()
        await origin.set(mode="close", only=1)
        self.assertIn(b'"load":2', await client.call("GET", "product:1"))
        self.assertEqual(await origin.calls() - before, 2)
        self.assertEqual(await self.retries(daemon), 1)

    async def test_part_of_an_answer_is_the_value(self):
        origin, daemon, client = await self.start({"extract": "/data/0/name"}, **NO_BACKOFF)
        for body, expected in (('{"data":[{"name":"a\\u00e9"}]}', "aé".encode()), ('{"data": [ {"name": {"x": [1, 2.50]}} ]}', b'{"x":[1,2.50]}'),
                               ('{"data":[{"name":null}]}', None), ('{"data":[{"name":""}]}', b"")):
            await origin.set(body=body)
            await client.call("DEL", "product:1")
            self.assertEqual(await client.call("GET", "product:1"), expected, body)
        await origin.set(body='{"secret":1}')
        self.assert_error(await client.call("GET", "product:2"), "the answer has nothing where 'extract' points to")
        await origin.set(body="secret")
        reply = await client.call("GET", "product:3")
        self.assert_error(reply, "the answer is not JSON")
        self.assertNotIn("secret", reply.text)

    async def test_an_origin_on_a_unix_socket(self):
        socket = os.path.join(self.folder, "s")
        origin = await self.start_origin(0, "--unix", socket)
        route = http_route("product", 1, http=PATIENT)
        route["load"]["http"]["url"] = f"http://unix:{socket}:/products/{{id}}"
        daemon = await self.start_daemon([route])
        client = await self.connect(daemon)
        for i in range(20):
            self.assertIn(f'"id":"{i}/x"'.encode(), await client.call("GET", f"product:{i}/x"))
        seen = await origin.requests()
        self.assertEqual({r["headers"]["host"] for r in seen}, {"localhost"})
        self.assertEqual(seen[0]["target"], "/products/0%2Fx")
        self.assertLessEqual((await origin.stats())["connections"], 2, "kept, one for each worker")

    async def test_every_load_is_a_trace_unless_the_route_says_which(self):
        origin, daemon, client = await self.start({})
        for i in range(10):
            await client.call("GET", f"product:{i}")
        seen = [r["headers"]["traceparent"] for r in await origin.requests()]
        for line in seen:
            self.assertRegex(line, re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"))
        self.assertEqual(len({line[3:35] for line in seen}), 10)
        origin, daemon, client = await self.start({"headers": {"Traceparent": "of-{id}"}})
        await client.call("GET", "product:1")
        self.assertEqual((await origin.requests())[0]["headers"]["traceparent"], "of-1")

    async def test_a_packed_bomb_is_an_error_and_costs_no_memory(self):
        origin, daemon, client = await self.start({"max_body": "1MiB"})
        before = (await daemon.metrics()).get("process_resident_memory_bytes")
        await origin.set(mode="gzip-bomb")
        for i in range(10):
            self.assert_error(await client.call("GET", f"product:{i}"), "answer larger than 1048576 bytes")
        grown = (await daemon.metrics()).get("process_resident_memory_bytes") - before
        self.assertLess(grown, scaled(64 * 2**20))
        await origin.set(mode="gzip", size=100000)
        self.assertEqual(len(await client.call("GET", "product:packed")), 100000)
        self.figure(loads=10, unpacked_mib=2560, resident_memory_grown_mib=grown / 2**20)

    async def openssl(self, arguments):
        made = await asyncio.create_subprocess_shell(
            f"openssl {arguments} -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2", cwd=self.folder,
            stderr=asyncio.subprocess.PIPE)
        self.assertEqual(await made.wait(), 0, await made.stderr.read())

    async def test_an_origin_that_wants_a_client_certificate(self):
        await self.openssl("req -x509 -out ca.crt -keyout ca.key -subj /CN=authority")
        for name, alternative in (("server", "IP:127.0.0.1"), ("client", "DNS:client.example")):
            await self.openssl(f"req -x509 -out {name}.crt -keyout {name}.key -subj /CN={name} -CA ca.crt -CAkey ca.key"
                               f" -addext basicConstraints=critical,CA:FALSE -addext subjectAltName={alternative}")
        file = {name: os.path.join(self.folder, name) for name in os.listdir(self.folder)}
        origin = await self.start_origin(0, "--tls", file["server.crt"], file["server.key"], "--client-ca", file["ca.crt"])

        def route(name, tls):
            made = http_route(name, origin.port, http={**PATIENT, "tls": tls})
            made["load"]["http"]["url"] = f"https://127.0.0.1:{origin.port}/products/{{id}}"
            return made

        daemon = await self.start_daemon([
            route("known", {"ca": file["ca.crt"], "cert": file["client.crt"], "key": file["client.key"]}),
            route("nameless", {"ca": file["ca.crt"]}), route("distrustful", {"cert": file["client.crt"], "key": file["client.key"]})])
        client = await self.connect(daemon)
        for i in range(5):
            self.assertIn(b'"load":1', await client.call("GET", f"known:{i}"))
            self.assert_error(await client.call("GET", f"nameless:{i}"), "load failed")
            self.assert_error(await client.call("GET", f"distrustful:{i}"), "TLS certificate refused")
