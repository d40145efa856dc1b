# SPDX-License-Identifier: Apache-2.0
"""Clients that come over TLS: what they ask, whom they have to be, and what broken and hostile ones can do."""

import asyncio
import contextlib
import os
import pathlib
import random
import socket
import ssl
import tempfile
import unittest

from support import daemon as daemons
from support import options, resp
from support.certificates import authority
from support.daemon import command_route
from support.options import scaled
from support.process import process
from support.raw_tls import cut_off, raw_tls
from support.redis_server import redis_server
from support.resp import encode
from support.scenario import scenario

ROUTE = command_route("product", ["cat"], command={"stdin": "key"})
LOST = (ssl.SSLError, ConnectionError)


async def in_thread(what, *arguments):
    return await asyncio.wait_for(asyncio.to_thread(what, *arguments), scaled(60))


class tls_scenario(scenario):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.authority = authority(self.folder)
        self.files = self.authority.issue("server")

    async def start_tls(self, client_ca=None, **settings):
        """A daemon that serves over TLS."""
        files = {"cert": self.files[0], "key": self.files[1], **({"client_ca": client_ca} if client_ca else {})}
        return await self.start_daemon([ROUTE], listen=[{"address": "127.0.0.1:0", "tls": files}], **settings)

    async def connect_tls(self, daemon, **how):
        client = await resp.connect(daemon.port, self.authority.context(**how))
        self.clients.append(client)
        return client

    def raw(self, daemon, **how):
        made = raw_tls(daemon.port, self.authority.context(), **how)
        self.addCleanup(made.close)
        return made

    async def assert_serves(self, daemon, **how):
        client = await self.connect_tls(daemon, **how)
        self.assertEqual(await client.call("PING"), "PONG")
        client.close()

    async def wait_for_handshakes(self, daemon, result, count):
        return await daemon.wait_until(lambda m: m.get("client_tls_handshakes_total", result=result) == count,
                                       f"{count} handshakes {result}", scaled(20))

    async def wait_for_connections(self, daemon, count, deadline=10):
        return await daemon.wait_until(lambda m: m.get("client_connections") == count, f"{count} clients", scaled(deadline))


class served(tls_scenario):
    async def test_commands_over_both_versions(self):
        daemon = await self.start_tls()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = await self.connect_tls(daemon, version=version)
            self.assertEqual((await client.call("HELLO", 3))[b"proto"], 3)
            self.assertEqual(await client.call("SET", "a", "b"), "OK")
            self.assertEqual(await client.call("GET", "a"), b"b")
            self.assertEqual(await client.call("GET", "product:1"), b"product:1")
        self.assertEqual((await daemon.metrics()).get("client_tls_handshakes_total", result="ok"), 2)

    async def test_redis_cli(self):
        daemon = await self.start_tls()
        done = await process.start("redis-cli", "-p", str(daemon.port), "--tls", "--cacert", self.authority.cert,
                                   "GET", "product:7", watch="stdout")
        self.assertEqual(await done.wait_exit(scaled(10)), 0)
        self.assertEqual(done.text, "product:7")

    async def test_a_pipeline_of_many_records(self):
        daemon = await self.start_tls()
        client = await self.connect_tls(daemon)
        commands = [("SET", f"k{i % 100}", f"{i}-" + "x" * 100) for i in range(3000)]
        commands += [("GET", f"k{i}") for i in range(100)] + [("ECHO", str(i)) for i in range(3000)]
        replies = await client.pipeline(commands, scaled(60))
        self.assertEqual(set(replies[:3000]), {"OK"})
        self.assertEqual(replies[3000:3100], [f"{2900 + i}-".encode() + b"x" * 100 for i in range(100)])
        self.assertEqual(replies[3100:], [str(i).encode() for i in range(3000)])

    async def test_megabytes_for_a_reader_that_is_slow_and_goes_on_asking(self):
        daemon = await self.start_tls()
        value = random.Random(1).randbytes(3 << 20)
        writer = await self.connect_tls(daemon)
        self.assertEqual(await writer.call("SET", "big", value, deadline=scaled(30)), "OK")
        reader = self.raw(daemon, receive_buffer=65536)
        reader.handshake()
        reader.send(encode("GET", "big") * 4)
        # The replies do not fit into the buffers: the daemon is in the middle of them, and reads no more for now.
        await daemon.wait_until(lambda m: m.get("commands_total", **{"class": "local"}) >= 2, "the first one", scaled(20))
        reader.send(encode("ECHO", "last"))
        expected = b"$%d\r\n%s\r\n" % (len(value), value) * 4 + b"$4\r\nlast\r\n"
        self.assertTrue(await in_thread(reader.read, len(expected)) == expected)
        self.assertEqual(await writer.call("PING"), "PONG")

    async def test_a_record_for_each_byte(self):
        daemon = await self.start_tls()
        client = self.raw(daemon)
        client.handshake()
        for byte in encode("SET", "a", "value") + encode("GET", "a"):
            client.send(bytes([byte]))
        self.assertEqual(await in_thread(client.read, 16), b"+OK\r\n$5\r\nvalue\r\n")

    async def test_bytes_that_arrive_with_the_end_of_the_handshake(self):
        daemon = await self.start_tls()
        client = self.raw(daemon)
        with contextlib.suppress(ssl.SSLWantReadError):
            client.tls.do_handshake()
        client.flush()
        while True:
            client.receive()
            with contextlib.suppress(ssl.SSLWantReadError):
                client.tls.do_handshake()
                break
        client.send(encode("ECHO", "early") + encode("ECHO", "bird"))    # with the handshake's last bytes
        self.assertEqual(await in_thread(client.read, 21), b"$5\r\nearly\r\n$4\r\nbird\r\n")

    async def test_both_sides_say_goodbye(self):
        daemon = await self.start_tls()
        client = self.raw(daemon)
        client.handshake()
        client.send(encode("GET", "product:1") + encode("QUIT"))
        client.say_goodbye()
        self.assertEqual(await in_thread(client.read, 20), b"$9\r\nproduct:1\r\n+OK\r\n")
        with self.assertRaises(ssl.SSLZeroReturnError):
            client.carry_out(client.tls.read, 1)
        await self.wait_for_connections(daemon, 0)

    async def test_the_end_of_the_daemon_waits_for_no_handshake(self):
        daemon = await self.start_tls()
        silent = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(3)]
        self.addCleanup(lambda: [s.close() for s in silent])
        client = await self.connect_tls(daemon)
        await self.wait_for_connections(daemon, 4)
        reply = client.send("GET", "product:1")
        daemon.terminate()
        self.assertEqual(await asyncio.wait_for(reply, scaled(5)), b"product:1")
        await client.wait_closed(scaled(5))
        self.assertLess(await daemon.ended(), scaled(5))


@unittest.skipUnless(os.path.exists("/usr/bin/redis-server"), "needs redis-server")
class with_redis(tls_scenario):
    async def start_both(self):
        redis = await redis_server.start(tempfile.mkdtemp(dir=self.folder))
        self.addAsyncCleanup(redis.stop)
        return redis, await self.start_tls(upstream={"url": redis.url()})

    async def test_transactions_and_messages(self):
        _, daemon = await self.start_both()
        subscriber, other = await self.connect_tls(daemon), await self.connect_tls(daemon)
        self.assertEqual((await subscriber.call("HELLO", 3))[b"proto"], 3)
        self.assertEqual((await other.call("HELLO", 3))[b"proto"], 3)
        self.assertEqual(await subscriber.call("SUBSCRIBE", "news"), [b"subscribe", b"news", 1])
        self.assertEqual(await other.call("MULTI"), "OK")
        self.assertEqual(await other.call("INCR", "n"), "QUEUED")
        self.assertEqual(await other.call("PUBLISH", "news", "x" * 100_000), "QUEUED")
        self.assertEqual(await other.call("EXEC"), [1, 1])
        while not subscriber.unasked:
            await asyncio.sleep(0.01)
        self.assertEqual(subscriber.unasked, [[b"message", b"news", b"x" * 100_000]])

    async def test_an_unfinished_handshake_reaches_redis_in_no_way(self):
        redis, daemon = await self.start_both()
        await self.assert_serves(daemon)
        await self.wait_for_connections(daemon, 0)
        before = await redis.section("stats")
        silent = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(20)]
        self.addCleanup(lambda: [s.close() for s in silent])
        for one in silent[10:]:
            one.sendall(b"\x16\x03\x01")
        await self.wait_for_connections(daemon, 20)
        after = await redis.section("stats")
        # But for the connections that the test itself made to look.
        self.assertEqual(int(after["total_connections_received"]) - int(before["total_connections_received"]), 1)


class certificates_of_clients(tls_scenario):
    async def test_only_those_of_the_authority_are_served(self):
        daemon = await self.start_tls(client_ca=self.authority.cert)
        stranger = authority(self.folder, "stranger")
        await self.assert_serves(daemon, certificate=self.authority.issue("client"))
        refused = (None, stranger.issue("foreign"))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for certificate in refused:
                with self.assertRaises((*LOST, asyncio.TimeoutError)):
                    # With TLS 1.3 a client learns of the refusal when it reads.
                    client = await self.connect_tls(daemon, certificate=certificate, version=version)
                    self.assertEqual(await client.call("PING", deadline=scaled(5)), "PONG")
        m = await self.wait_for_handshakes(daemon, "failed", 4)
        self.assertEqual(m.get("client_tls_handshakes_total", result="ok"), 1)
        await self.assert_serves(daemon, certificate=self.authority.issue("other"))

    async def test_a_session_is_resumed_with_the_certificate_it_began_with(self):
        daemon = await self.start_tls(client_ca=self.authority.cert)
        context = self.authority.context(self.authority.issue("client"), ssl.TLSVersion.TLSv1_2)

        def ask(session):
            with socket.create_connection(("127.0.0.1", daemon.port), 30) as plain, \
                    context.wrap_socket(plain, server_hostname="localhost", session=session) as client:
                client.sendall(encode("PING"))
                self.assertEqual(client.recv(100), b"+PONG\r\n")
                return client.session, client.session_reused

        session, reused = await in_thread(ask, None)
        self.assertFalse(reused)
        self.assertTrue((await in_thread(ask, session))[1])


class misfits(tls_scenario):
    async def test_a_plain_client_is_closed(self):
        daemon = await self.start_tls()
        plain = await resp.connect(daemon.port)
        plain.transport.write(b"PING\r\n" * 100)
        await plain.wait_closed(scaled(10))
        await self.wait_for_handshakes(daemon, "failed", 1)
        await self.assert_serves(daemon)

    async def test_tls_on_a_plain_port_is_no_command(self):
        daemon = await self.start_daemon([ROUTE])
        with self.assertRaises(LOST):
            await self.connect_tls(daemon)
        self.assertEqual(await (await self.connect(daemon)).call("PING"), "PONG")

    async def test_older_versions_are_refused(self):
        daemon = await self.start_tls()
        context = self.authority.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaisesRegex(ssl.SSLError, "ALERT_PROTOCOL_VERSION"):
            await resp.connect(daemon.port, context)
        await self.assert_serves(daemon)

    async def test_garbage_instead_of_a_hello(self):
        daemon = await self.start_tls()
        chance = random.Random(5)
        heads = [b"", b"\x16\x03\x01", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03", b"\x17\x03\x03\x00\x20",
                 b"\x15\x03\x03\x00\x02\x02\x28", b"\x80\x80\x01\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff"]

        def throw(data):
            with socket.create_connection(("127.0.0.1", daemon.port), 30) as one:
                with contextlib.suppress(ConnectionError):
                    one.sendall(data)
                    with contextlib.suppress(OSError):    # not connected any more
                        one.shutdown(socket.SHUT_WR)
                    while one.recv(65536):
                        pass

        for number in range(200):
            await in_thread(throw, chance.choice(heads) + chance.randbytes(chance.choice((0, 1, 100, 20_000))))
        await self.wait_for_handshakes(daemon, "failed", 200)
        await self.wait_for_connections(daemon, 0)
        await self.assert_serves(daemon)

    async def test_clients_that_are_cut_off_at_any_byte(self):
        daemon = await self.start_tls()
        chance = random.Random(6)
        commands = b"".join(encode("SET", f"k{i}", "x" * 3000) + encode("GET", f"k{i}") for i in range(20))

        def live_and_die():
            one = self.raw(daemon, allowance=int(2 ** chance.uniform(0, 16.5)))
            with contextlib.suppress(cut_off, *LOST):
                one.handshake()
                one.send(commands)
                one.read(int(2 ** chance.uniform(0, 16)))
            one.reset() if chance.random() < 0.7 else one.close()

        for _ in range(300):
            await in_thread(live_and_die)
        await self.wait_for_connections(daemon, 0)
        m = await daemon.metrics()
        ended = [m.get("client_tls_handshakes_total", result=result) for result in ("ok", "failed")]
        # Of those that went before they were accepted nobody knows where they came from.
        unknown = m.get("client_connections_rejected_total", reason="protected")
        self.assertEqual(sum(ended) + unknown, 300)
        self.assertGreater(min(ended), 50)
        await self.assert_serves(daemon)

    async def half_done(self, daemon, count=500):
        hello = self.raw(daemon)
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.tls.do_handshake()
        data = hello.outgoing.read()
        hello.close()
        await self.wait_for_handshakes(daemon, "failed", 1)
        made = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(count)]
        self.addCleanup(lambda: [s.close() for s in made])
        for number, one in enumerate(made):    # silent, within the hello, after it
            one.sendall((b"", data[: 1 + number % (len(data) - 1)], data)[number % 3])
        await self.wait_for_connections(daemon, count)
        return made

    async def test_half_done_handshakes_are_clients_that_hinder_nobody(self):
        daemon = await self.start_tls(limits={"clients": 501})
        half = await self.half_done(daemon)
        client = await self.connect_tls(daemon)
        self.assertEqual(await client.call("PING"), "PONG")
        one_too_many = await resp.connect(daemon.port)
        await one_too_many.wait_closed(scaled(5))
        self.assertEqual((await daemon.metrics()).get("client_connections_rejected_total", reason="max_clients"), 1)
        for one in half:
            one.close()
        await self.wait_for_connections(daemon, 1)
        self.assertEqual(await client.call("PING"), "PONG")

    async def test_half_done_handshakes_are_closed_after_ten_seconds(self):
        if not options.slow:
            self.skipTest("takes 11 s: --slow")
        daemon = await self.start_tls()
        half = await self.half_done(daemon)
        client = await self.connect_tls(daemon)
        await self.wait_for_connections(daemon, 1, 15)
        await self.wait_for_handshakes(daemon, "failed", 501)
        for one in half:
            one.settimeout(scaled(5))
            with contextlib.suppress(ConnectionError):
                while one.recv(65536):
                    pass
        self.assertEqual(await client.call("PING"), "PONG")


class files(tls_scenario):
    def certificate_of(self, client):
        return client.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)

    def put(self, new):
        """Renames files into the places of the daemon's, the key first."""
        for source, place in zip(reversed(new), reversed(self.files)):
            os.replace(source, place)

    async def wait_for_certificate(self, daemon, unlike):
        for _ in range(int(scaled(100))):
            client = await self.connect_tls(daemon)
            seen = self.certificate_of(client)
            if seen != unlike:
                return client, seen
            await asyncio.sleep(0.1)
        self.fail("no new certificate")

    async def test_new_clients_see_a_renewed_certificate(self):
        daemon = await self.start_tls()
        old = await self.connect_tls(daemon)
        self.put(self.authority.issue("next"))
        client, seen = await self.wait_for_certificate(daemon, self.certificate_of(old))
        self.assertEqual(await client.call("PING"), "PONG")
        self.assertEqual(await old.call("PING"), "PONG")
        # Nothing that cannot be used takes its place.
        for path, content in ((self.files[0], "no certificate"), (self.files[1], "no key")):
            good = pathlib.Path(path).read_text()
            pathlib.Path(path).write_text(content)
            while f"cannot use {path}: " not in daemon.process.text:
                self.assertEqual(self.certificate_of(await self.connect_tls(daemon)), seen)
                await asyncio.sleep(0.1)
            pathlib.Path(path).write_text(good)
        self.put(self.authority.issue("third"))
        await self.wait_for_certificate(daemon, seen)

    async def refused(self, status, pattern, **changes):
        given = {"cert": self.files[0], "key": self.files[1], **changes}
        config = daemons.write_config(tempfile.mkdtemp(dir=self.folder), [ROUTE],
                                      listen=[{"address": "127.0.0.1:0", "tls": given}])
        started = await daemons.launch(config)
        self.assertEqual(await started.wait_exit(scaled(10)), status)
        self.assertRegex(started.text, pattern)

    async def test_the_daemon_starts_with_none_that_it_cannot_use(self):
        other = self.authority.issue("other")
        await self.refused(2, r"herdgate.yaml:\d+:\d+: error: '.*' cannot be used: key values mismatch", key=other[1])
        await self.refused(2, r"herdgate.yaml:\d+:\d+: error: '.*' cannot be used", cert=self.files[1])
        await self.refused(1, r"cannot use /nowhere: No such file", key="/nowhere")
        protected = f"{self.folder}/protected.key"
        made = await asyncio.create_subprocess_exec("openssl", "ec", "-in", self.files[1], "-aes128", "-passout", "pass:x",
                                                    "-out", protected, stderr=asyncio.subprocess.DEVNULL)
        self.assertEqual(await made.wait(), 0)
        await self.refused(2, r"herdgate.yaml:\d+:\d+: error: '.*' cannot be used", key=protected)


if __name__ == "__main__":
    unittest.main()
