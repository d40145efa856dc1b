# SPDX-License-Identifier: Apache-2.0
"""What the tests of hostile clients share: a daemon and an origin for each class, figures, connections that go away.

After each test the daemon must answer a PING, and when the class is done it must end cleanly.
"""

import time
import types
import unittest

from processes import Daemon, Origin, wait_until
from resp import Connection

MIB = 1 << 20

options = types.SimpleNamespace(binary=None, slow_factor=1.0, slow=False, seed=1, kills=None)
figures = []


def figure(text):
    figures.append(text)


def print_figures():
    print("\nfigures:")
    for text in figures:
        print("  " + text)


def percentile(values, fraction):
    return sorted(values)[min(len(values) - 1, int(len(values) * fraction))]


class HostileTest(unittest.TestCase):
    """`settings`: YAML for the daemon of this class."""

    settings = ""

    @classmethod
    def setUpClass(cls):
        cls.origin = Origin()
        cls.addClassCleanup(cls.origin.stop)
        cls.daemon = Daemon(options.binary, cls.origin.port, cls.settings)
        cls.addClassCleanup(cls.daemon.stop)

    def setUp(self):
        self.opened = []

    def tearDown(self):
        for connection in self.opened:
            connection.close()
        self.check_alive()

    def connect(self, **keywords):
        connection = Connection(self.daemon.address, **keywords)
        self.opened.append(connection)
        return connection

    def close_all(self):
        for connection in self.opened:
            connection.close()
        self.opened.clear()

    def check_alive(self):
        self.assertTrue(self.daemon.alive(), self.daemon.output()[-4000:])
        with Connection(self.daemon.address) as connection:
            self.assertIn(connection.call("PING"), (b"PONG", ))

    def settle(self, seconds=20):
        """Until the daemon is at rest: for a third of a second no descriptor, no memory, no processor time more or less."""
        seen, since = None, time.monotonic()

        def at_rest():
            nonlocal seen, since
            now = (self.daemon.descriptors(), self.daemon.resident_bytes(), self.daemon.cpu_seconds())
            if now != seen:
                seen, since = now, time.monotonic()
            return time.monotonic() - since > 0.33
        wait_until(at_rest, seconds * options.slow_factor, "the daemon comes to rest")

    def check_growth(self, before, limit, what):
        """Resident memory has grown by less than `limit` bytes since it was `before`."""
        growth = self.daemon.resident_bytes() - before
        figure(f"{what}: RSS {growth / MIB:+.1f} MiB (limit {limit / MIB:+.0f})")
        if not self.daemon.sanitized:
            self.assertLess(growth, limit, what)


def slow_test(test):
    """A test that waits out a limit of the daemon's: only with --slow."""
    def run(self):
        if not options.slow:
            self.skipTest("--slow only")
        test(self)
    run.__doc__ = test.__doc__
    return run
