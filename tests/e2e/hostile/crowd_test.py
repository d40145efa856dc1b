# SPDX-License-Identifier: Apache-2.0
"""Thousands of clients that wait, half of them in BLPOP and half in SUBSCRIBE: each costs one connection to Redis and some
memory, others notice nothing, each is woken with what is its own, and when all vanish nothing is left."""

from bystanders import array, bulk
from hostile import MIB, figure, options
from memory_test import p99_milliseconds
from processes import wait_until
from resp import Connection, encode
from upstream import UpstreamTest

CLIENTS = 5000
CLIENTS_SANITIZED = 1000
KIB_EACH = 16           # of the daemon's resident memory


class CrowdTest(UpstreamTest):
    def wait_at_once(self):
        """All of them wait: the poppers and the subscribers."""
        poppers, subscribers = self.opened[:self.half], self.opened[self.half:]
        for number, popper in enumerate(poppers):
            popper.send(encode("BLPOP", f"list:{number}", "0"))
        for number, subscriber in enumerate(subscribers):
            subscriber.send(encode("SUBSCRIBE", f"channel:{number}"))
        for number, subscriber in enumerate(subscribers):
            self.expect(subscriber, array(bulk("subscribe"), bulk(f"channel:{number}"), b":1\r\n"))
        self.wait_blocked(self.half)
        return poppers, subscribers

    def wait_blocked(self, count):
        wait_until(lambda: self.redis_figures("clients")["blocked_clients"] == count, 60 * options.slow_factor, f"{count} blocked")

    def expect(self, connection, wanted):
        self.assertEqual(bytes(connection.buffer), b"")
        got = b""
        while len(got) < len(wanted):
            got += connection.socket.recv(len(wanted) - len(got)) or self.fail(f"closed after {got}")
        self.assertEqual(got, wanted)

    def wake(self, poppers, subscribers):
        """Each gets its own element or message, and nothing else."""
        with Connection(self.redis.address) as redis:
            words = [("RPUSH", f"list:{i}", f"element {i}") for i in range(len(poppers))]
            words += [("PUBLISH", f"channel:{i}", f"message {i}") for i in range(len(subscribers))]
            self.assertEqual(set(redis.pipeline(words)), {1})
        for i, popper in enumerate(poppers):
            self.expect(popper, array(bulk(f"list:{i}"), bulk(f"element {i}")))
        for i, subscriber in enumerate(subscribers):
            self.expect(subscriber, array(bulk("message"), bulk(f"channel:{i}"), bulk(f"message {i}")))

    def p99(self):
        return p99_milliseconds(self.daemon.address, 500 if self.daemon.sanitized else 4000)

    def vanish(self):
        """All at once, by RST; nothing of them is left in the daemon or upstream."""
        for connection in self.opened:
            connection.reset()
        self.opened.clear()
        self.check_nothing_left(self.before)
        spare = len(self.links_of_daemon()) - len(self.before)
        wait_until(lambda: self.daemon.descriptors() <= self.files + spare, 20 * options.slow_factor, "descriptors as before")
        self.assertEqual(self.ask_redis("EXISTS", *(f"list:{i}" for i in range(self.half))), 0)
        self.settle()

    def check_cost(self, count, memory):
        """The p99 of another client beside them, in ms."""
        self.settle()
        each = (self.daemon.resident_bytes() - memory) / count / 1024
        links = len(self.links_of_daemon()) - len(self.before)
        figure(f"{count} clients in BLPOP and SUBSCRIBE: {each:.1f} KiB of memory each (limit {KIB_EACH}), {links} links to Redis")
        self.assertEqual(links, count)
        if not self.daemon.sanitized:
            self.assertLess(each, KIB_EACH)
        return self.p99()

    def test_thousands_who_wait_cost_what_they_must_and_leave_nothing_behind(self):
        """The allocator keeps what they had; a second crowd lives on that."""
        count = CLIENTS_SANITIZED if self.daemon.sanitized else CLIENTS
        self.half = count // 2
        self.warm()
        quiet = self.p99()
        self.before, self.files, memory = self.links_of_daemon(), self.daemon.descriptors(), self.daemon.resident_bytes()
        for _ in range(count):
            self.connect()
        poppers, subscribers = self.wait_at_once()
        busy = self.check_cost(count, memory)
        self.wake(poppers, subscribers)
        for number, popper in enumerate(poppers):
            popper.send(encode("BLPOP", f"list:{number}", "0"))
        self.wait_blocked(self.half)
        self.vanish()
        # Whatever else the machine does: the slower of two moments without them.
        quiet = max(quiet, self.p99())
        figure(f"p99 of another client beside {count} that wait: {busy:.3f} ms, {quiet:.3f} ms without them")
        self.assertLess(busy, (quiet * 1.5 + 10) * options.slow_factor)
        kept = self.daemon.resident_bytes()
        figure(f"{count} clients have vanished: RSS {(kept - memory) / MIB:+.1f} MiB")
        for _ in range(count):
            self.connect()
        self.wait_at_once()
        self.vanish()
        self.check_growth(kept, 4 * MIB, f"{count} more clients have come, waited and vanished")
