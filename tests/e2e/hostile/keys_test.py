# SPDX-License-Identifier: Apache-2.0
"""Keys of any bytes, with and without a route; error replies are one line of at most 512 bytes, whatever they quote."""

import json

from hostile import HostileTest
from resp import ReplyError, encode

NASTY = [b"\r\n", b"a\r\nHost: evil\r\n\r\nGET /", b"\n+OK", b"\xff\xfe\x80", b"\xc3\x28", b"%00%0d%0a", b"../../admin", b"a/../b",
         b"?status=500", b"#x", b"@evil", b"\x7f\x1b[31m", b" ", b"'\"\\", b"{id}", b"${HOME}", b"$(id)", b"`id`", b"*", b"x" * 900]
ROUTED = [name.replace(b":", b";") for name in NASTY]    # a capture takes no colon
WITH_NUL = [b"\x00", b"a\x00b", b"\x00\r\n"]


class KeysTest(HostileTest):
    def raw_line(self, connection, *words):
        """One line as it came, checked for being an error reply that keeps to the rules."""
        connection.send(encode(*words))
        line = connection._line()
        self.assertTrue(line.startswith(b"-"), line)
        self.assertLessEqual(len(line) - 1, 512)
        self.assertFalse(any(byte < 0x20 or byte == 0x7f for byte in line), line)
        self.assertEqual(connection.call("ECHO", "still in step"), b"still in step")
        return line

    def test_keys_without_a_route_hold_any_bytes(self):
        connection = self.connect()
        for name in NASTY + WITH_NUL + [b"", bytes(range(256)), b"x" * 100000]:
            with self.subTest(name=name[:40]):
                self.assertEqual(connection.call("SET", b"own:" + name, name + b"!"), b"OK")
                self.assertEqual(connection.call("GET", b"own:" + name), name + b"!")
                self.assertEqual(connection.call("DEL", b"own:" + name), 1)

    def test_routed_keys_reach_the_origin_as_one_segment(self):
        connection = self.connect()
        for name in ROUTED:
            with self.subTest(name=name[:40]):
                value = connection.call("GET", b"product:" + name)
                self.assertIsInstance(value, bytes)
                self.assertEqual(json.loads(value)["id"], name.decode("utf-8", errors="replace"))

    def test_routed_keys_reach_a_command_as_one_argument(self):
        connection = self.connect()
        for name in ROUTED:
            with self.subTest(name=name[:40]):
                self.assertEqual(connection.call("GET", b"greeting:" + name), b"Hello, " + name + b"!")

    def test_routed_keys_with_nul_are_refused(self):
        connection = self.connect()
        for name in WITH_NUL:
            for route in (b"product:", b"greeting:"):
                self.assertIn(b"key refused", self.raw_line(connection, "GET", route + name))

    def test_routed_keys_that_are_too_long_are_never_loaded(self):
        connection = self.connect()
        for route in (b"product:", b"greeting:"):
            longest = route + b"y" * (1024 - len(route))
            self.assertIsInstance(connection.call("GET", longest), bytes)
            reply = connection.call("GET", longest + b"y")
            self.assertNotIsInstance(reply, bytes)

    def test_errors_are_one_short_line(self):
        connection = self.connect()
        for filler in NASTY + WITH_NUL + [bytes(range(256)), b"\r\n" * 1000, b"x" * 10000]:
            with self.subTest(filler=filler[:40]):
                self.raw_line(connection, b"NO" + filler, filler, filler)
                self.raw_line(connection, "CLIENT", b"NO" + filler)
                self.raw_line(connection, "HELLO", "3", filler)
                self.raw_line(connection, "HELLO", filler)
                self.raw_line(connection, "CONFIG", b"NO" + filler)
                self.raw_line(connection, "COMMAND", b"NO" + filler)
                self.raw_line(connection, "CLIENT", "SETINFO", filler, "x")
                self.raw_line(connection, "SET", "k", "v", filler)
                self.raw_line(connection, "SELECT", b"NO" + filler)
                self.raw_line(connection, "AUTH", filler, filler)
                self.raw_line(connection, "GET", b"broken:" + filler.replace(b":", b";"))

    def test_deeply_nested_requests_are_refused(self):
        with self.connect() as connection:
            connection.send(b"*1\r\n" * 40)
            self.assertEqual(connection.rest(), b"-ERR Protocol error: expected '$', got '*'\r\n")

    def test_a_load_that_fails_is_one_clear_line(self):
        connection = self.connect()
        self.assertIn(b"load failed", self.raw_line(connection, "GET", "broken:1"))
        self.assertIsInstance(connection.call("MGET", "greeting:a", "broken:2"), ReplyError)
