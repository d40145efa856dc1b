# SPDX-License-Identifier: Apache-2.0
"""Clients that have not logged in, with a Redis upstream: whatever they send, Redis is asked nothing, nothing is loaded, and each has
less than 1 MiB of the daemon's memory."""

import random

from hostile import MIB, figure, options
from processes import Daemon, wait_until
from resp import Connection, encode
from upstream import UpstreamTest

TOGETHER = 8       # strangers of one kind, for a figure that is none of the allocator's
MANY = 1000
KIB_EACH = 1024
WORDS = ("GET", "MGET", "SET", "EVAL", "MULTI", "EXEC", "WATCH", "SUBSCRIBE", "PSUBSCRIBE", "BLPOP", "MONITOR", "CLIENT", "INFO", "COMMAND",
         "CONFIG", "SELECT", "HERDGATE", "SYNC", "DEBUG", "FLUSHALL", "KEYS", "PING", "ECHO", "NOSUCH")
OWN = {"PING", "TIME", "CLIENT"}     # what herdgate, and the test, ask of Redis themselves


def junk(size):
    choice, data = random.Random(options.seed), bytearray()
    while len(data) < size:
        data += encode(choice.choice(WORDS), *(choice.choice(("product:stranger", "LIST", "stranger", "1", "x" * 2000))
                                               for _ in range(choice.randrange(6))))
    return bytes(data)


def kinds():
    """What a stranger may send: name → bytes, of which as many are sent as are taken."""
    part = b"$16384\r\n" + b"s" * 16384 + b"\r\n"
    return {
        "a string of 100 MB": b"*2\r\n$3\r\nGET\r\n$104857600\r\n" + b"x" * (4 * MIB),
        "1M elements": b"*1048576\r\n" + b"$1\r\nx\r\n" * 100000,
        "an inline command without end": b"x" * (8 * MIB),
        "all that is allowed, but the end": b"*10\r\n$4\r\nMGET\r\n" + part * 8 + part[:-10],
        "all that is allowed, unread": (b"*10\r\n$4\r\nMGET\r\n" + part * 9) * 40,
        "reads of a routed key, unread": encode("GET", "product:stranger") * 200000,
        "inline reads, unread": b"GET product:stranger\r\n" * 200000,
        "unknown words, unread": b"y" * 100 + b"\r\n" + (b"NOSUCH " + b"z" * 100 + b"\r\n") * 50000,
        "HELLO, unread": encode("HELLO", "3") * 200000,
        "RESET, unread": encode("RESET") * 200000,
        "all commands, unread": junk(4 * MIB),
        "empty lines": b"\r\n" * (2 * MIB),
        "random bytes": random.Random(options.seed).randbytes(2 * MIB),
    }


def push(connection, data, patience):
    """As many bytes as are taken."""
    connection.socket.settimeout(patience)
    try:
        connection.send(data)
    except OSError:
        pass


class StrangersTest(UpstreamTest):
    settings = 'auth: { users: [ { name: default, password: "secret" } ] }'

    def check_alive(self):
        self.assertTrue(self.daemon.alive(), self.daemon.output()[-4000:])

    def gone(self):
        self.close_all()
        wait_until(lambda: self.metric("client_connections") == 0, 20 * options.slow_factor, "they are gone")

    def executed(self, monitor):
        """What Redis has executed since MONITOR, but for what nobody asked of herdgate."""
        monitor.send(encode("PING"))
        lines = []
        while (line := monitor._line()) != b"+PONG":
            lines.append(line.decode(errors="replace"))
        return [line for line in lines if line.split('"')[1].upper() not in OWN]

    def test_they_cause_nothing_upstream(self):
        self.settle()
        before, loads = {link["id"] for link in self.links_of_daemon()}, self.metric("loads_started_total")
        with Connection(self.redis.address) as monitor:
            self.assertEqual(monitor.call("MONITOR"), b"OK")
            for data in kinds().values():
                push(self.connect(), data, 0.02)
            self.settle()
            self.assertEqual({link["id"] for link in self.links_of_daemon() if link["cmd"] != "monitor"} - before, set())
            self.gone()
            self.assertEqual(self.executed(monitor), [])
        self.assertEqual(self.metric("loads_started_total"), loads)


class StrangersToRedisTest(StrangersTest):
    settings = "auth: upstream"


class DedicatedStrangersTest(StrangersTest):
    links = "dedicated"


class DedicatedStrangersToRedisTest(StrangersToRedisTest):
    links = "dedicated"


class StrangersMemoryTest(UpstreamTest):
    """Each kind has a daemon of its own: what others leave to the allocator would hide what it costs."""

    def start(self, settings):
        daemon = Daemon(options.binary, self.origin.port, f'upstream: {{ url: "unix://{self.redis.address}" }}\n{settings}')
        self.addCleanup(daemon.stop)
        return daemon

    def cost(self, settings, count, sent, patience):
        """KiB of each of so many strangers; `sent`: what they send, in turns."""
        daemon = self.start(settings)
        before = daemon.resident_bytes()
        strangers = [Connection(daemon.address) for _ in range(count)]
        for number, stranger in enumerate(strangers):
            push(stranger, sent[number % len(sent)], patience)
        each = (daemon.resident_bytes() - before) / count / 1024
        for stranger in strangers:
            stranger.reset()
        return each

    def test_each_costs_less_than_a_mebibyte(self):
        if self.daemon.sanitized:
            self.skipTest("a sanitizer's memory is not the daemon's")
        for settings in (StrangersTest.settings, StrangersToRedisTest.settings):
            costs = {name: self.cost(settings, TOGETHER, [data], 0.02) for name, data in kinds().items()}
            most = max(costs, key=costs.get)
            many = self.cost(settings, MANY, [data[:MIB] for data in kinds().values()], 0.001)
            figure(f"strangers, {settings.split(':')[1].strip(' {')}: at most {costs[most]:.0f} KiB each ({most}; limit {KIB_EACH}); "
                   f"{MANY} of all kinds {many:.0f} KiB each")
            for name, each in (*costs.items(), ("many", many)):
                self.assertLess(each, KIB_EACH, name)
