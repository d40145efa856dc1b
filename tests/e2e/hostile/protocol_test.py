# SPDX-License-Identifier: Apache-2.0
"""Malformed requests: Redis's own error text, then the connection is closed; harmless oddities are ignored, as in Redis.

Differences from Redis 7.0: the most arguments are 1,048,576 as in Redis 6, and length lines end within 32 bytes; a NUL is a
byte like any other, where Redis looks no further for the end of the line and waits.
"""

from hostile import HostileTest
from processes import Redis
from resp import Connection, encode

NUMBERS = [str(base + offset).encode() for base in (1 << 31, 1 << 32, 1 << 61, 1 << 63, 1 << 64) for offset in (-1, 0, 1)]
NOT_NUMBERS = [b"", b"-", b"+1", b" 1", b"1 ", b"01", b"1x", b"x", b"0x10", b"1.0", b"1e3", b"-0", b"--1"]


class ProtocolTest(HostileTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.redis = Redis()
        cls.addClassCleanup(cls.redis.stop)

    def answers(self, address, data):
        """All that is answered to `data` and a PING behind it until the connection is closed by the server or, if it
        stays open, by us: (answer, whether the server closed it)."""
        with Connection(address, timeout=10) as connection:
            try:
                connection.send(data + b"\r\n*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$7\r\nthe end\r\n")
                answer = bytearray()
                while not answer.endswith(b"$7\r\nthe end\r\n"):
                    if not (more := connection.socket.recv(1 << 16)):
                        return bytes(answer), True
                    answer += more
                return bytes(answer), False
            except ConnectionError:
                return b"", True

    def check_like_redis(self, data):
        self.assertEqual(self.answers(self.daemon.address, data), self.answers(self.redis.address, data), data[:100])

    def test_counts_out_of_range_are_refused_as_by_redis(self):
        for number in NUMBERS:
            if 1048576 < int(number) < 1 << 31:
                continue    # see below
            with self.subTest(number=number):
                self.check_like_redis(b"*" + number + b"\r\n")
                self.check_like_redis(b"*-" + number + b"\r\n")

    def test_too_many_arguments_are_refused_at_their_number(self):
        for number in (b"1048577", b"2147483647"):
            self.assertEqual(self.answers(self.daemon.address, b"*" + number + b"\r\n"),
                             (b"-ERR Protocol error: invalid multibulk length\r\n", True))

    def test_a_nul_is_no_number(self):
        for text in (b"\x00", b"1\x00", b"\x001"):
            self.assertEqual(self.answers(self.daemon.address, b"*" + text + b"\r\n"),
                             (b"-ERR Protocol error: invalid multibulk length\r\n", True))
            self.assertEqual(self.answers(self.daemon.address, b"*1\r\n$" + text + b"\r\n"),
                             (b"-ERR Protocol error: invalid bulk length\r\n", True))
        self.assertEqual(self.answers(self.daemon.address, b"*1\r\n\x00"),
                         (b"-ERR Protocol error: expected '$', got ' '\r\n", True))

    def test_lengths_out_of_range_are_refused_as_by_redis(self):
        for number in NUMBERS + [str((512 << 20) + 1).encode()]:
            with self.subTest(number=number):
                self.check_like_redis(b"*2\r\n$3\r\nGET\r\n$" + number + b"\r\n")
                self.check_like_redis(b"*2\r\n$3\r\nGET\r\n$-" + number + b"\r\n")

    def test_what_is_no_number_is_refused_as_by_redis(self):
        for text in NOT_NUMBERS:
            with self.subTest(text=text):
                self.check_like_redis(b"*" + text + b"\r\n")
                self.check_like_redis(b"*1\r\n$" + text + b"\r\n")

    def test_a_wrong_header_is_refused_as_by_redis(self):
        for data in (b"*1\r\nx", b"*1\r\n:1\r\n", b"*1\r\n\r\n", b"*2\r\n$4\r\nPING\r\n+OK\r\n", b"*1\r\n*1\r\n$4\r\nPING\r\n",
                     b"*1\r\n\xff"):
            with self.subTest(data=data):
                self.check_like_redis(data)

    def test_a_length_line_without_end_is_refused(self):
        for start, text in ((b"*", b"too big mbulk count string"), (b"*1\r\n$", b"too big bulk count string")):
            for filler in (b"\x00", b"1", b" "):
                with self.subTest(start=start, filler=filler):
                    answer, closed = self.answers(self.daemon.address, start + filler * (70 * 1024))
                    self.assertTrue(closed)
                    self.assertIn(answer, (b"-ERR Protocol error: " + text + b"\r\n", b""))

    def test_a_short_bad_length_line_gets_its_text(self):
        """Few enough bytes that the error cannot get lost with unread ones."""
        for start, text in ((b"*", b"too big mbulk count string"), (b"*1\r\n$", b"too big bulk count string")):
            with Connection(self.daemon.address, timeout=10) as connection:
                connection.send(start + b"\x00" * 40)
                self.assertEqual(connection.rest(), b"-ERR Protocol error: " + text + b"\r\n")

    def test_inline_commands_end_at_64_kib(self):
        with self.connect() as connection:
            connection.send(b"ECHO " + b"x" * (64 * 1024 - 6) + b"\n")
            self.assertEqual(len(connection.reply()), 64 * 1024 - 6)
            connection.send(b"x" * (64 * 1024 + 1))
            self.assertEqual(connection.rest(), b"-ERR Protocol error: too big inline request\r\n")

    def test_unbalanced_quotes_are_refused_as_by_redis(self):
        for line in (b'GET "x', b"GET 'x", b'GET "x"y', b"GET 'x'y", b'"', b'GET "\\x4', b'GET "\\xzz" "', b'SET a "b\\"'):
            with self.subTest(line=line):
                self.check_like_redis(line + b"\r\n")

    def test_inline_quoting_is_that_of_redis(self):
        for line in (b'ECHO "\\x41\\n\\t"', b'ECHO "\\x4"', b"ECHO 'it\\'s'", b"  ECHO   a  ", b"ECHO a\tb", b"ECHO \xff\xfe",
                     b'ECHO ""', b"ping", b"PING\n"):
            with self.subTest(line=line):
                self.check_like_redis(line + b"\r\n")

    def test_nothing_is_answered_to_nothing(self):
        for data in (b"\r\n", b"\n", b"\r\n\r\n\n", b"*0\r\n", b"*-1\r\n", b"*-5\r\n", b"   \r\n", b"*0\r\n*-1\r\n\r\n*0\r\n"):
            with self.subTest(data=data):
                self.check_like_redis(data)

    def test_the_connection_goes_on_for_what_came_before_an_error(self):
        with self.connect() as connection:
            connection.send(encode("SET", "before", "1") + encode("GET", "before") + b"*x\r\n" + encode("GET", "before"))
            self.assertEqual(connection.rest(), b"+OK\r\n$1\r\n1\r\n-ERR Protocol error: invalid multibulk length\r\n")

    def test_one_byte_at_a_time_makes_no_difference(self):
        data = encode("SET", "bytes", "a\r\nb") + b"GET bytes\r\n" + encode("GET", "greeting:slow") + b"\r\n*0\r\n" + \
            encode("MGET", "bytes", "greeting:slow")
        with self.connect() as connection:
            for i in range(len(data)):
                connection.send(data[i:i + 1])
            self.assertEqual([connection.reply() for _ in range(4)],
                             [b"OK", b"a\r\nb", b"Hello, slow!", [b"a\r\nb", b"Hello, slow!"]])
