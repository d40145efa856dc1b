# SPDX-License-Identifier: Apache-2.0
"""Clients that die at a random byte of what they send and of what they read, with a Redis upstream: whatever was under way on
a link that they shared or had, no reply reaches anybody else, and nothing stays behind.

Values carry the number of the connection they belong to, `<number.…>`. Clients that behave check every byte of their replies.
"""

import random
import re
import threading

from bystanders import start_bystanders
from hostile import figure, options
from processes import wait_until
from resp import Connection, encode
from upstream import UpstreamTest

CHANNELS = 64
ROUTED = 50
TAG = re.compile(rb"<(\d+)\.")


def commands_of(number, choice):
    """What a client sends, in one pipeline. The last may wait for ever, or make the client what others are not."""
    mine = f"c:{number}"

    def value():
        return f"<{number}.{'v' * choice.choice((1, 10, 300, 5000))}>"

    def product():
        return f"product:k{choice.randrange(ROUTED)}"

    kinds = [
        lambda: [("SET", mine + ":a", value()), ("GET", mine + ":a")],
        lambda: [("SET", mine + ":b", value()), ("MGET", mine + ":b", mine + ":none", mine + ":b")],
        lambda: [("GET", product()), ("MGET", product(), mine + ":a", product())],
        lambda: [("ECHO", value()), ("PING", value())],
        lambda: [("EVAL", "return {ARGV[1], ARGV[1]}", "0", value())],
        lambda: [("MULTI", ), ("SET", mine + ":t", value()), ("GET", product()), ("GET", mine + ":t"), ("EXEC", )],
        lambda: [("WATCH", mine + ":w", "busy"), ("MULTI", ), ("ECHO", value()), ("EXEC", )],
        lambda: [("MULTI", ), ("SELECT", "3"), ("SET", mine, value()), ("DISCARD", )],
        lambda: [("RPUSH", mine + ":l", value()), ("BLPOP", mine + ":l", "0")],
        lambda: [("SUBSCRIBE", f"own{number % CHANNELS}"), ("UNSUBSCRIBE", )],
        lambda: [("HELLO", "3"), ("SET", mine + ":a", value()), ("GET", mine + ":a")],
        lambda: [("SELECT", str(choice.randrange(1, 8))), ("SET", mine, value()), ("GET", mine), ("SELECT", "0")],
        lambda: [("CLIENT", "SETNAME", mine), ("MULTI", ), ("EXEC", )],
        lambda: [("SET", product(), "x", "NX", "GET"), ("DEL", mine + ":a")],
        lambda: [("GET", f"product:dead{number % 500}")],
        lambda: [("CLIENT", "REPLY", "SKIP"), ("ECHO", value()), ("ECHO", value())],
    ]
    lasts = [
        lambda: [("BLPOP", mine + ":none", "0"), ("GET", mine + ":a")],
        lambda: [("BLPOP", mine + ":none", "0"), ("SELECT", "2"), ("GET", product())],
        lambda: [("BLPOP", mine + ":none", "0"), ("QUIT", )],
        lambda: [("BLPOP", mine + ":none", "0")] + [("PING", )] * 12000,
        lambda: [("SUBSCRIBE", f"own{number % CHANNELS}", "news"), ("PSUBSCRIBE", "own*")],
        lambda: [("MULTI", ), ("ECHO", value()), ("GET", product())],
        lambda: [("WATCH", "busy", mine)],
        lambda: [("CLIENT", "TRACKING", "ON"), ("GET", "busy"), ("GET", mine)],
        lambda: [("XREAD", "BLOCK", "0", "STREAMS", mine + ":s", "$")],
        lambda: [("CLIENT", "REPLY", "OFF"), ("SET", mine, value())],
        lambda: [("GET", mine + ":a")] * 50,
    ]
    made = [command for _ in range(choice.randrange(1, 7)) for command in choice.choice(kinds)()]
    return made + (choice.choice(lasts)() if choice.randrange(2) else [])


class KillsTest(UpstreamTest):
    share = 0.5     # of all kills

    def kill_one(self, number, choice):
        """A life: a part of a pipeline is sent, a part of the replies is read, and the connection is reset or closed."""
        data = b"".join(encode(*words) for words in commands_of(number, choice))
        with Connection(self.daemon.address) as connection:
            connection.send(data[:choice.randrange(1, len(data) + 1)])
            if choice.randrange(2):
                connection.socket.settimeout(choice.choice((0.001, 0.004)))
                try:
                    seen = connection.socket.recv(choice.randrange(1, choice.choice((20, 20000))))
                    strangers = {int(found) for found in TAG.findall(seen)} - {number}
                    assert not strangers, f"client {number} has read what belongs to {strangers}: {seen[:2000]}"
                except OSError:
                    pass
            if choice.randrange(3):
                connection.reset()

    def kill_many(self, numbers, problems):
        try:
            for number in numbers:
                self.kill_one(number, random.Random(options.seed * 1_000_003 + number))
        except Exception as problem:
            problems.append(problem)

    def test_clients_killed_at_a_random_byte_disturb_nobody_and_leave_nothing_behind(self):
        count = round(self.kills() * self.share)
        self.warm()
        before, descriptors = self.links_of_daemon(), self.daemon.descriptors()
        ended, problems = threading.Event(), []
        bystanders = start_bystanders(self.daemon.address, ROUTED, ended, problems)
        killers = [threading.Thread(target=self.kill_many, args=(range(1 + i, count + 1, 4), problems)) for i in range(4)]
        for killer in killers:
            killer.start()
        for killer in killers:
            killer.join()
        ended.set()
        rounds = sum(bystander.finish() for bystander in bystanders)
        self.assertEqual(problems, [])
        self.check_nothing_left(before)
        spare = len(self.links_of_daemon()) - len(before)
        # Connections to the origin stay open for a while: as many as loads may run at once.
        wait_until(lambda: self.daemon.descriptors() <= descriptors + spare + 64, 20 * options.slow_factor, "descriptors as before")
        figure(f"{count} clients killed, links {self.links}, seed {options.seed}: {rounds} rounds of others without a wrong byte; "
               f"{spare:+d} links to Redis, all spare")

    def kills(self):
        if options.kills is not None:
            return options.kills
        return 1500 if self.daemon.sanitized else 10000


class DedicatedKillsTest(KillsTest):
    links = "dedicated"
