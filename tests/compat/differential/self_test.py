#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The differential test finds a byte that is altered once in 10,000 lines of replies, and nothing where none is."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "e2e" / "clients")]

from generator import Generator  # noqa: E402
from processes import Process  # noqa: E402
from runner import Runner  # noqa: E402
from shrink import shrink  # noqa: E402
from wire import comparable, replies, words  # noqa: E402
from world import World  # noqa: E402

SEED = 7
LINES = 10_000


class Altering(Process):
    def __init__(self, target, lines=LINES):
        super().__init__([sys.executable, HERE / "forwarder.py", str(target), str(lines), str(SEED)])
        self.port = int(self.find(r"listening on (\d+)")[1])


def run(commands, between):
    world = World(direct=True, between=between)
    try:
        runner = Runner(world)
        found = runner.run(Generator(SEED, "both", world.dumps()).steps(commands))
        runner.close()
        return found, runner.commands
    finally:
        world.stop()


class Finds(unittest.TestCase):
    def test_an_altered_byte(self):
        found, commands = run(100_000, Altering)
        self.assertIsNotNone(found)
        self.assertLess(commands, 100_000)
        self.assertIn("differs", found.text())

    def test_nothing_where_nothing_is_altered(self):
        found, commands = run(10_000, lambda target: Altering(target, 10**12))
        self.assertIsNone(found)
        self.assertGreaterEqual(commands, 10_000)


class Shrinks(unittest.TestCase):
    def test_to_the_few_commands_that_matter(self):
        world = World(direct=True)
        try:
            world.control[1].call("CONFIG", "SET", "zset-max-listpack-entries", 3)
            runner = Runner(world)
            found = runner.run(Generator(SEED, "both", world.dumps()).steps(10_000))
            runner.close()
            self.assertIsNotNone(found)
            text = shrink(world, Generator(SEED, "both", world.dumps()).steps(10_000), found)
        finally:
            world.stop()
        commands = [line for line in text.splitlines()[1:] if line[2:3].isdigit()]
        self.assertLess(len(commands), 30, text)


class Wire(unittest.TestCase):
    def test_cuts_replies_apart(self):
        data = [b"+OK\r\n", b"*2\r\n$1\r\na\r\n*-1\r\n", b"%1\r\n+a\r\n~1\r\n:1\r\n", b">2\r\n$-1\r\n_\r\n", b"=5\r\ntxt:a\r\n"]
        self.assertEqual(replies(b"".join(data)), data)
        self.assertEqual(replies(b"".join(data) + b"$10\r\nab"), [*data, b"$10\r\nab"])

    def test_ids_of_clients_do_not_count(self):
        one, other = (b"%%2\r\n$2\r\nid\r\n:%d\r\n$4\r\nrole\r\n$6\r\nmaster\r\n" % number for number in (7, 12))
        self.assertEqual(comparable(one), comparable(other))
        self.assertNotEqual(comparable(b"$2\r\nix\r\n:7\r\n"), comparable(b"$2\r\nix\r\n:8\r\n"))

    def test_shows_commands(self):
        self.assertEqual(words(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"), "'GET' 'a'")
        self.assertEqual(words(b"*0\r\n"), "'*0\\r\\n'")


if __name__ == "__main__":
    unittest.main()
