# SPDX-License-Identifier: Apache-2.0
"""Two redis-servers; to one the way is direct, to the other through herdgate, or as said by `between`."""

import socket

from fill import LIST, STRING
from processes import Daemon, Redis, find_daemon, wait_until
from resp import Connection

DATABASES = range(4)
NAMES = ("directly", "through")
SECONDS = 10
CHANNELS = [b"shared:%d:chan" % i for i in range(4)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_redis():
    port = free_port()
    redis = Redis("--port", str(port), "--bind", "127.0.0.1", "--hash-max-listpack-value", "64")
    redis.port = port
    return redis


class World:
    """`addresses`: where the two are talked to. `control`: straight to either Redis."""

    def __init__(self, binary=None, links="shared", direct=False, between=None):
        self.redises = [start_redis(), start_redis()]
        self.processes = list(self.redises)
        target = self.redises[1].port
        if not direct:
            settings = f"upstream:\n  url: redis://127.0.0.1:{target}\n  links: {links}\n"
            self.daemon = Daemon(binary or find_daemon(), settings=settings)
            self.processes.append(self.daemon)
            target = self.daemon.port
        if between:
            self.processes.append(between(target))
            target = self.processes[-1].port
        self.addresses = [("127.0.0.1", self.redises[0].port), ("127.0.0.1", target)]
        self.control = [Connection(("127.0.0.1", redis.port)) for redis in self.redises]
        self.patterns = [control.call("PUBSUB", "NUMPAT") for control in self.control]

    def both(self, *words):
        return [control.call(*words) for control in self.control]

    def dumps(self):
        """What DUMP says of a value of each class."""
        one = self.control[0]
        values = {"s": ("SET", "a string"), "l": ("RPUSH", "a", "7", ""), "h": ("HSET", "f:1", "v"), "z": ("ZADD", "1.5", "m:1")}
        found = {}
        for of, (name, *words) in values.items():
            one.call(name, "dumped", *words)
            found[of] = one.call("DUMP", "dumped")
            one.call("DEL", "dumped")
        return found

    def seed(self):
        """The keys whose type commands count on."""
        for database in DATABASES:
            for words in (("SELECT", database), ("SET", STRING, "a string"), ("DEL", LIST), ("RPUSH", LIST, "one", "two"), ("SELECT", 0)):
                self.both(*words)

    def wait_blocked(self, count):
        """Until so many clients of each are blocked."""
        for name, control in zip(NAMES, self.control):
            wait_until(lambda: b"\r\nblocked_clients:%d\r\n" % count in control.call("INFO", "clients"), SECONDS,
                       f"{name}: a blocked client")

    def subscriptions(self):
        counts = []
        for control, own in zip(self.control, self.patterns):
            numbers = control.call("PUBSUB", "NUMSUB", *CHANNELS) + control.call("PUBSUB", "SHARDNUMSUB", *CHANNELS)
            counts.append((numbers, control.call("PUBSUB", "NUMPAT") - own))
        return counts

    def settle(self, connections):
        """Until either Redis has forgotten the clients that are gone. `connections`: how many are left."""
        expected = b"\r\nconnected_clients:%d\r\n" % (connections + 1)
        wait_until(lambda: expected in self.control[0].call("INFO", "clients"), SECONDS, "directly: the clients that are gone are forgotten")
        wait_until(lambda: len({repr(one) for one in self.subscriptions()}) == 1, SECONDS, f"{NAMES[1]}: the same subscriptions as {NAMES[0]}")

    def clear(self):
        """As if just started."""
        for words in (("FLUSHALL",), ("SCRIPT", "FLUSH"), ("FUNCTION", "FLUSH")):
            self.both(*words)

    def stop(self):
        for control in self.control:
            control.close()
        for process in reversed(self.processes):
            process.stop()
