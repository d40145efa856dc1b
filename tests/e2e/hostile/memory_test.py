# SPDX-License-Identifier: Apache-2.0
"""What clients can make the daemon hold in memory: announced sizes cost nothing, unread replies and large requests little."""

import pathlib
import re
import socket
import threading
import time

from hostile import MIB, HostileTest, figure, options, percentile
from processes import Daemon
from resp import Connection, ReplyError, encode

VALUE = b"v" * (64 * 1024)


class Pinger(threading.Thread):
    """A well-behaved client that reads a hit again and again, and notes how long each took."""

    def __init__(self, address, count):
        super().__init__()
        self.address, self.count = address, count
        self.times = []

    def run(self):
        with Connection(self.address) as connection:
            connection.call("SET", "pinger", "x")
            for _ in range(self.count):
                begin = time.perf_counter()
                assert connection.call("GET", "pinger") == b"x"
                self.times.append(time.perf_counter() - begin)


def p99_milliseconds(address, count=4000, windows=5):
    """The median of some windows: other work on the machine disturbs one or two."""
    results = []
    for _ in range(windows):
        pinger = Pinger(address, count)
        pinger.start()
        pinger.join()
        results.append(percentile(pinger.times, 0.99) * 1000)
    return percentile(results, 0.5)


class MemoryTest(HostileTest):
    """Each test has a daemon of its own: what one leaves to the allocator is no room for the next."""

    def setUp(self):
        super().setUp()
        self.daemon = Daemon(options.binary, self.origin.port)
        self.addCleanup(self.daemon.stop)
        with Connection(self.daemon.address) as connection:
            connection.call("SET", "warm", "up")

    def peak_bytes(self, from_now=False):
        """The largest resident size since it was last asked for from_now."""
        process = pathlib.Path(f"/proc/{self.daemon.pid}")
        if from_now:
            (process / "clear_refs").write_text("5")
        return int(re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[1]) * 1024

    def open_many(self, count, data):
        for _ in range(count):
            self.connect().send(data)
        self.settle()

    def test_a_thousand_announced_arrays_cost_nothing(self):
        before = self.daemon.resident_bytes()
        self.open_many(1000, b"*1048576\r\n")
        self.check_growth(before, 32 * MIB, "1,000 connections with *1048576")

    def test_a_thousand_announced_strings_cost_nothing(self):
        before = self.daemon.resident_bytes()
        self.open_many(1000, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$60000000\r\n")
        self.check_growth(before, 32 * MIB, "1,000 connections with $60000000")
        for connection in self.opened:
            connection.send(b"x")
        self.settle()
        self.check_growth(before, 32 * MIB, "1,000 connections with $60000000 and one byte more")

    def test_many_empty_arguments_cost_a_bounded_multiple(self):
        """1,048,576 arguments of no bytes are 6 MiB on the wire; a parsed one is a view and a range, 32 bytes."""
        before = self.daemon.resident_bytes()
        connection = self.connect()
        connection.send(b"*1048576\r\n$4\r\nMGET\r\n" + b"$0\r\n\r\n" * 1048574)
        self.settle()
        self.check_growth(before, 64 * MIB, "one connection with 1,048,575 empty arguments")
        connection.send(b"$0\r\n\r\n")
        self.assertEqual(len(connection.reply()), 1048575)

    def test_a_request_above_the_limit_is_refused_at_its_length(self):
        before = self.daemon.resident_bytes()
        with self.connect() as connection:
            connection.send(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$104857600\r\n")
            answer = connection.rest()
            self.assertRegex(answer, rb"^-ERR Protocol error: .+\r\n$")
        with self.connect() as connection:
            try:
                connection.send(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$104857600\r\n" + b"x" * 104857600 + b"\r\n")
                answer = connection.rest()
            except ConnectionError:
                answer = b""
            self.assertNotIn(b"+OK", answer)
        self.settle()
        self.check_growth(before, 16 * MIB, "a string of 100 MB, refused")

    def check_refused_reply(self, key, what):
        """What is asked for is 1.3 GB, in a request of 0.2 MB: an error, and the connection goes on."""
        connection = self.connect()
        before = self.peak_bytes(from_now=True)
        reply, after = connection.pipeline([("MGET", *[key] * 20000), ("PING", )])
        growth = self.peak_bytes() - before
        self.assertIsInstance(reply, ReplyError)
        self.assertIn(b"limits.output", reply.text)
        self.assertEqual(after, b"PONG")
        figure(f"MGET of 1.3 GB, {what}: RSS {growth / MIB:+.1f} MiB at its peak (limit +96)")
        if not self.daemon.sanitized:
            self.assertLess(growth, 96 * MIB)

    def test_a_reply_above_the_output_limit_is_an_error(self):
        self.connect().call("SET", "value", VALUE)
        self.check_refused_reply("value", "no route")

    def test_a_reply_of_routed_keys_above_the_output_limit_is_an_error(self):
        """Cold at first: the values come later than the request."""
        self.origin.set(f"size={len(VALUE)}&delay=50ms")
        self.addCleanup(self.origin.set, "size=0&delay=0ms")
        self.check_refused_reply("product:large", "cold")
        self.check_refused_reply("product:large", "warm")

    def test_a_client_that_does_not_read_is_paused(self):
        """A pipeline of 1 GiB of replies, unread for as long as the others are watched; then it is read to its end."""
        address, count = self.daemon.address, 16384
        connection = self.connect()
        connection.call("SET", "value", VALUE)
        quiet = p99_milliseconds(address)
        before = self.daemon.resident_bytes()
        sender = threading.Thread(target=connection.send, args=(encode("GET", "value") * count,))
        sender.start()
        self.settle()
        busy = p99_milliseconds(address)
        figure(f"slow reader: p99 of another client {busy:.3f} ms, {quiet:.3f} ms without it")
        self.check_growth(before, 16 * MIB, "slow reader of 1 GiB")
        self.assertLess(busy, (quiet * 1.2 + 1) * options.slow_factor)
        for _ in range(count):
            self.assertEqual(len(connection.reply()), len(VALUE))
        sender.join()
        self.assertEqual(connection.call("PING"), b"PONG")

    def test_a_hundred_clients_that_do_not_read_are_paused(self):
        """Each may have 1 MiB waiting, and a reply more, in a buffer that grows by doubling."""
        connection = self.connect()
        connection.call("SET", "value", VALUE)
        before = self.daemon.resident_bytes()
        for _ in range(100):
            self.connect().send(encode("GET", "value") * 200)
        self.settle()
        self.check_growth(before, 256 * MIB, "100 slow readers")
        for unread in self.opened[1:]:
            unread.reset()
        self.settle()
        self.check_growth(before, 64 * MIB, "after 100 slow readers were reset")


class StrangerTest(HostileTest):
    """Clients that have not authenticated."""

    settings = 'auth: { users: [ { name: default, password: "secret" } ] }'

    def check_alive(self):
        with Connection(self.daemon.address) as connection:
            self.assertEqual(connection.call("AUTH", "secret"), b"OK")

    def test_they_may_send_ten_words(self):
        with self.connect() as connection:
            self.assertIn(b"NOAUTH", connection.call(*["GET"] * 2).text)
            self.assertIsInstance(connection.call(*["MGET"] * 10), ReplyError)
            connection.send(b"*11\r\n$4\r\nMGET\r\n")
            self.assertEqual(connection.rest(), b"-ERR Protocol error: unauthenticated multibulk length\r\n")

    def test_they_may_send_strings_of_16_kib(self):
        with self.connect() as connection:
            self.assertIsInstance(connection.call("GET", b"x" * 16384), ReplyError)
            connection.send(b"*2\r\n$3\r\nGET\r\n$16385\r\n")
            self.assertEqual(connection.rest(), b"-ERR Protocol error: unauthenticated bulk length\r\n")

    def test_they_cause_no_load(self):
        with self.connect() as connection:
            self.assertIn(b"NOAUTH", connection.call("GET", "product:stranger").text)
            connection.call("AUTH", "secret")
            self.assertIn(b'"load":1', connection.call("GET", "product:stranger"))

    def test_what_they_do_not_read_is_little(self):
        """NOAUTH replies that nobody reads: the daemon stops reading, then closes."""
        before = self.daemon.resident_bytes()
        request = encode("GET", "x") * 20000
        peak = 0
        for _ in range(50):
            connection = self.connect()
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.socket.settimeout(0.05)
            try:
                for _ in range(20):
                    connection.send(request)
            except OSError:
                pass
            peak = max(peak, self.daemon.resident_bytes() - before)
        figure(f"50 strangers that do not read: RSS {peak / MIB:+.1f} MiB (limit +128)")
        if not self.daemon.sanitized:
            self.assertLess(peak, 128 * MIB)

    def test_they_have_ten_seconds(self):
        connections = [self.connect() for _ in range(3)]
        connections[1].send(b"*2\r\n$3\r\nGET")
        connections[2].send(encode("GET", "x") * 3)
        begin = time.monotonic()
        for connection in connections:
            connection.rest()
        self.assertLess(time.monotonic() - begin, 10 + 3 * options.slow_factor)
        self.assertGreater(time.monotonic() - begin, 8)
