# SPDX-License-Identifier: Apache-2.0
"""Connections that come and go, many of them and badly: nothing is left behind, no reply reaches another client."""

import json
import random
import resource
import threading
import time

from hostile import HostileTest, figure, options, slow_test
from processes import wait_until
from resp import Connection, ReplyError, encode

KILLED = 2000
SHORT = 10000


class ComeAndGoTest(HostileTest):
    def test_ten_thousand_short_connections_leave_nothing_behind(self):
        self.settle()
        before, memory = self.daemon.descriptors(), None
        for turn in range(SHORT):
            with Connection(self.daemon.address) as connection:
                if turn % 3 == 0:
                    self.assertEqual(connection.call("PING"), b"PONG")
                if turn % 7 == 0:
                    connection.send(b"*2\r\n$3\r\nGET\r\n$100\r\nhalf")
            if turn == SHORT // 10:
                memory = self.daemon.resident_bytes()
        wait_until(lambda: self.daemon.descriptors() <= before, 10 * options.slow_factor, "descriptors as before")
        figure(f"10,000 connections: {self.daemon.descriptors() - before:+d} descriptors")
        self.check_growth(memory, 4 << 20, "10,000 connections, since the 1,000th")

    def read_and_check(self, number, ended, problems):
        """Values carry their key; replies carry this client's number."""
        try:
            choice = random.Random(number)
            with Connection(self.daemon.address) as connection:
                turn = 0
                while not ended.is_set():
                    turn += 1
                    name = f"k{choice.randrange(200)}"
                    cold = f"cold-{number}-{turn}" if turn % 10 == 0 else name
                    product, echo, values, own, greeting = connection.pipeline(
                        [("GET", f"product:{cold}"), ("ECHO", f"{number}/{turn}"), ("MGET", f"product:{name}", f"own:{number}"),
                         ("SET", f"own:{number}", f"{number}/{turn}"), ("GET", f"greeting:{name}")])
                    assert json.loads(product)["id"] == cold, (product, cold)
                    assert echo == f"{number}/{turn}".encode(), echo
                    assert json.loads(values[0])["id"] == name, (values, name)
                    assert values[1] in (None, f"{number}/{turn - 1}".encode()), values
                    assert own == b"OK" and greeting == f"Hello, {name}!".encode(), greeting
        except Exception as problem:
            problems.append(problem)

    def test_clients_killed_anywhere_disturb_nobody(self):
        """Reset after a random byte of a pipeline of hits, misses and writes, read or not."""
        self.settle()
        descriptors = self.daemon.descriptors()
        ended, problems = threading.Event(), []
        readers = [threading.Thread(target=self.read_and_check, args=(i, ended, problems)) for i in range(4)]
        for reader in readers:
            reader.start()
        choice = random.Random(7)
        try:
            for turn in range(KILLED):
                data = b"".join(encode(*words) for words in (
                    ("GET", f"product:k{choice.randrange(200)}"), ("MGET", f"product:dead-{turn}", f"greeting:k{turn % 200}"),
                    ("SET", "killed", b"x" * choice.randrange(3000)), ("GET", f"product:dead-{turn}-2"), ("GET", "killed"),
                    ("HELLO", "3"), ("CLIENT", "LIST"), ("GET", f"broken:{turn}")))
                connection = Connection(self.daemon.address)
                connection.send(data[:choice.randrange(len(data) + 1)])
                if turn % 4 == 0:
                    connection.socket.settimeout(0.002)
                    try:
                        connection.socket.recv(choice.randrange(1, 200))
                    except OSError:
                        pass
                connection.reset()
        finally:
            ended.set()
            for reader in readers:
                reader.join()
        self.assertEqual(problems, [])
        # Connections to the origin stay open for a while: as many as loads of two routes may run at once.
        wait_until(lambda: self.daemon.descriptors() <= descriptors + 2 * 64, 10 * options.slow_factor, "descriptors as before")
        with self.connect() as connection:
            wait_until(lambda: b"connected_clients:1\r\n" in connection.call("INFO", "clients"), 10, "the killed are gone")
            self.assertEqual(connection.call("CLIENT", "LIST").count(b"\n"), 1)

    def test_a_half_closed_client_gets_its_answers(self):
        with self.connect() as connection:
            connection.send(encode("GET", "product:half-closed") + encode("ECHO", "last"))
            connection.socket.shutdown(1)
            self.assertIn(b'"id":"half-closed"', connection.reply())
            self.assertEqual(connection.reply(), b"last")
            self.assertEqual(connection.rest(), b"")

    @slow_test
    def test_a_command_has_thirty_seconds(self):
        """A byte a second, or half a command and silence: closed 30 s after its first byte. Idle clients stay."""
        idle, silent, dripping, repeated = (self.connect() for _ in range(4))
        idle.call("PING")
        silent.send(encode("PING")[:-5])
        repeated.send(encode("PING")[:-5])
        begin = time.monotonic()
        ended = {}
        data = encode("SET", "dripping", b"x" * 200)
        for at in range(45):
            time.sleep(max(0, begin + at - time.monotonic()))
            for name, connection in (("dripping", dripping), ("silent", silent)):
                connection.socket.settimeout(0.01)
                try:
                    if name == "dripping" and name not in ended:
                        connection.send(data[at:at + 1])
                    if name not in ended and connection.socket.recv(100) == b"":
                        ended[name] = time.monotonic() - begin
                except TimeoutError:
                    pass
                except ConnectionError:
                    ended[name] = time.monotonic() - begin
            if at % 10 == 9 and at < 40:    # each command in time, though together they take longer
                repeated.send(encode("PING")[-5:] + encode("PING")[:-5])
                self.assertEqual(repeated.reply(), b"PONG")
        figure(f"slow senders closed after {', '.join(f'{k} {v:.1f} s' for k, v in sorted(ended.items()))} (30 s)")
        for name in ("dripping", "silent"):
            self.assertIn(name, ended)
            self.assertTrue(29 <= ended[name] <= 33, ended)
        self.assertEqual(idle.call("PING"), b"PONG")


class FewClientsTest(HostileTest):
    settings = "limits: { clients: 20 }"

    def test_one_client_too_many_is_told_so_and_room_comes_back(self):
        for turn in range(3):
            wait_until(lambda: self.is_room(), 10, "room for a client")
            accepted = []
            for _ in range(20):
                accepted.append(self.connect())
                self.assertEqual(accepted[-1].call("PING"), b"PONG")
            for _ in range(30):
                self.assertEqual(self.connect().rest(), b"-ERR max number of clients reached\r\n")
            for connection in accepted:
                self.assertEqual(connection.call("PING"), b"PONG")
            self.close_all()

    def is_room(self):
        """All twenty places are free, but for the one that asks."""
        try:
            with Connection(self.daemon.address) as connection:
                reply = connection.call("INFO", "clients")
                return not isinstance(reply, ReplyError) and b"connected_clients:1\r\n" in reply
        except (EOFError, ConnectionError):
            return False

    def tearDown(self):
        self.close_all()
        wait_until(self.is_room, 10, "room for a client")


class NoDescriptorsTest(HostileTest):
    """The process runs out of descriptors while clients connect."""

    def flood(self, count):
        for _ in range(count):
            connection = Connection(self.daemon.address, timeout=2)
            self.opened.append(connection)

    def served(self):
        try:
            with Connection(self.daemon.address, timeout=5) as connection:
                return connection.call("PING") == b"PONG"
        except (EOFError, OSError):
            return False

    def check_calm(self, what):
        """A second's rest costs little processor time."""
        begin = self.daemon.cpu_seconds()
        time.sleep(1)
        spent = self.daemon.cpu_seconds() - begin
        figure(f"{what}: {spent:.2f} s of processor time in 1 s")
        self.assertLess(spent, 0.2 * options.slow_factor)

    def test_it_survives_and_recovers(self):
        """The limit falls below what limits.clients was made for: accept() itself fails."""
        if self.daemon.sanitized:
            self.skipTest("the sanitizer needs a pipe to look at memory, and takes its failure for a bug")
        first = self.connect()
        self.assertEqual(first.call("PING"), b"PONG")
        limit = self.daemon.descriptors() + 30
        before = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (limit, before[1]))
        try:
            self.flood(400)
            wait_until(lambda: self.daemon.descriptors() >= limit - 1, 10, "all descriptors are in use")
            self.check_calm("400 clients, out of descriptors")
            self.assertEqual(first.call("PING"), b"PONG")
            self.assertIn(b'"id":"hit"', self.load_or_error(first))
            self.assertEqual(first.call("PING"), b"PONG")
            self.assertLess(len(self.daemon.lines), 200, "the log is flooded")
            self.close_all()
            wait_until(self.served, 10 * options.slow_factor, "served again")
        finally:
            resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, before)

    def load_or_error(self, connection):
        """A load needs a descriptor too: without one it is an error, later a value."""
        reply = connection.call("GET", "product:hit")
        if isinstance(reply, ReplyError):
            self.close_others(connection)
            wait_until(lambda: isinstance(connection.call("GET", "product:hit"), bytes), 10, "the load succeeds")
            reply = connection.call("GET", "product:hit")
        return reply

    def close_others(self, kept):
        for connection in self.opened:
            if connection is not kept:
                connection.close()
        self.opened = [kept]


class FewDescriptorsTest(NoDescriptorsTest):
    """The process starts with few: limits.clients is lowered, and those beyond are told."""

    @classmethod
    def setUpClass(cls):
        from processes import Daemon, Origin
        cls.origin = Origin()
        cls.addClassCleanup(cls.origin.stop)
        cls.daemon = Daemon(options.binary, cls.origin.port, files=256)
        cls.addClassCleanup(cls.daemon.stop)

    def test_it_survives_and_recovers(self):
        self.daemon.find(r"limits.clients lowered from 10000 to 192")
        self.flood(400)
        refused = sum(connection.rest().startswith(b"-ERR max number of clients") for connection in self.opened[300:])
        self.assertEqual(refused, 100)
        self.check_calm("400 clients, 192 allowed")
        self.assertEqual(self.opened[0].call("PING"), b"PONG")
        self.assertIn(b'"id":"few"', self.opened[0].call("GET", "product:few"))
        self.close_all()
        wait_until(self.served, 10 * options.slow_factor, "served again")
