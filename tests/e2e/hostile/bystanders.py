# SPDX-License-Identifier: Apache-2.0
"""Clients that behave, each in its own way, and compare every byte they get with what Redis would send them."""

import threading

from resp import Connection, encode


def bulk(data):
    data = data if isinstance(data, bytes) else data.encode()
    return b"$%d\r\n%s\r\n" % (len(data), data)


def array(*items):
    return b"*%d\r\n" % len(items) + b"".join(items)


OK, QUEUED, NIL = b"+OK\r\n", b"+QUEUED\r\n", b"$-1\r\n"


class Bystander(threading.Thread):
    """One client. `round(turn)` gives what it sends and all that must come back, byte by byte."""

    def __init__(self, number, address, products, ended, problems):
        super().__init__()
        self.name = f"{type(self).__name__}-{number}"
        self.address, self.products, self.ended, self.problems = address, products, ended, problems
        self.turns = 0

    def run(self):
        try:
            with Connection(self.address, timeout=60) as connection:
                self.connection = connection
                self.begin()
                while not self.ended.is_set():
                    self.turns += 1
                    self.exchange(*self.round(self.turns))
                connection.send(encode("ECHO", "the last"))
                self.expect(self.last)
        except Exception as problem:
            self.problems.append(f"{self.name}, round {self.turns}: {problem!r}")

    last = bulk("the last")

    def begin(self):
        pass

    def expect(self, wanted):
        got = b""
        while len(got) < len(wanted):
            more = self.connection.socket.recv(len(wanted) - len(got))
            assert more, f"closed after {got[-300:]}"
            got += more
            assert wanted.startswith(got), f"{got[-600:]} instead of {wanted[:len(got)][-600:]}"

    def exchange(self, commands, wanted):
        self.connection.send(b"".join(encode(*words) for words in commands))
        self.expect(wanted)

    def finish(self):
        self.join()
        return self.turns

    def product(self, turn):
        name = f"k{turn * 7 % len(self.products)}"
        return "product:" + name, bulk(self.products[name])


class Plain(Bystander):
    """Shared links, routed keys among them."""

    def round(self, turn):
        mine, text = self.name, f"{self.name}/{turn}"
        key, value = self.product(turn)
        return ([("SET", mine, text), ("GET", key), ("GET", mine), ("MGET", mine, key, "nobody's"), ("STRLEN", mine), ("ECHO", text)],
                OK + value + bulk(text) + array(bulk(text), value, NIL) + b":%d\r\n" % len(text) + bulk(text))


class Resp3(Plain):
    """The other shared link."""

    def begin(self):
        self.connection.call("HELLO", "3")

    def round(self, turn):
        commands, wanted = super().round(turn)
        return commands, wanted.replace(NIL, b"_\r\n")


class Transactor(Bystander):
    """Links that others have left a moment ago. `busy` changes all the time: a link on which it is watched fails the next EXEC."""

    def round(self, turn):
        mine, text = self.name, f"{self.name}/{turn}"
        key, value = self.product(turn)
        return ([("MULTI", ), ("SET", mine, text), ("GET", key), ("GET", mine), ("INCR", "busy:" + mine), ("EXEC", ), ("SET", "busy", text),
                 ("EVAL", "return {ARGV[1], KEYS[1]}", "1", mine, text), ("MULTI", ), ("CLIENT", "GETNAME"), ("EXEC", )],
                OK + QUEUED * 4 + array(OK, value, bulk(text), b":%d\r\n" % turn) + OK + array(bulk(text), bulk(mine)) +
                OK + QUEUED + array(NIL))


class Blocker(Bystander):
    def round(self, turn):
        mine, text = self.name, f"{self.name}/{turn}"
        return ([("RPUSH", mine, text), ("BLPOP", mine, "0"), ("GET", "nobody's")],
                b":1\r\n" + array(bulk(mine), bulk(text)) + NIL)


class Subscriber(Bystander):
    """Its messages come from a client of its own; between them it goes and comes."""

    def begin(self):
        self.publisher = Connection(self.address, timeout=60)

    def round(self, turn):
        mine, text = "channel-" + self.name, f"{self.name}/{turn}"
        self.exchange([("SUBSCRIBE", mine)], array(bulk("subscribe"), bulk(mine), b":1\r\n"))
        assert self.publisher.call("PUBLISH", mine, text) == 1
        self.expect(array(bulk("message"), bulk(mine), bulk(text)))
        return ([("UNSUBSCRIBE", mine), ("GET", "nobody's")], array(bulk("unsubscribe"), bulk(mine), b":0\r\n") + NIL)

    def finish(self):
        super().finish()
        self.publisher.close()
        return self.turns


class Elsewhere(Bystander):
    """Another database."""

    def begin(self):
        self.connection.call("SELECT", "9")

    def round(self, turn):
        mine, text = self.name, f"{self.name}/{turn}"
        return ([("SET", mine, text), ("MULTI", ), ("GET", mine), ("EXEC", ), ("GET", mine)],
                OK + OK + QUEUED + array(bulk(text)) + bulk(text))


def start_bystanders(address, routed, ended, problems):
    """Two of each kind. `routed` products are warm before they start."""
    with Connection(address) as connection:
        products = {f"k{i}": connection.call("GET", f"product:k{i}") for i in range(routed)}
    made = [kind(number, address, products, ended, problems)
            for kind in (Plain, Resp3, Transactor, Blocker, Subscriber, Elsewhere) for number in range(2)]
    for bystander in made:
        bystander.start()
    return made
