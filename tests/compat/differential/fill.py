# SPDX-License-Identifier: Apache-2.0
"""Draws keys and values, and commands from the tables. One seed, one stream: nothing here depends on replies."""

import itertools
import random

import tables
from wire import bulk

CLASSES = ("s", "rel", "nt", "c", "big", "l", "h", "hb", "h1", "si", "ss", "s1", "z", "z1", "g", "x", "b", "p")
ANY = ("s", "c", "l", "h", "hb", "si", "ss", "z", "g", "x", "b", "p")
STRING, LIST = b"wrong:string", b"wrong:list"    # keys that always hold what their names say
NAMES = 6
FAR = 4_000_000_000    # a Unix time
BLOB_BYTES = 2 << 20
WRONG_TYPE, SHARED_KEY = 0.02, 0.3
# These write or take away a key whatever it holds: never one of those two.
OVERWRITE = {"RENAME", "RENAMENX", "COPY", "MOVE", "RESTORE", "BITOP", "SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE", "ZRANGESTORE",
             "ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE", "GEOSEARCHSTORE"}


def key_names(prefix, of):
    """Names with all that a key may be made of: spaces, ends of lines, bytes that are no text, braces."""
    odd = (b"", b" ", b"\r\n", b"\x00\xff", b"{tag}", b"'\"")
    return [bulk(b"%s:%s:%d%s" % (prefix, of.encode(), i, odd[i % len(odd)])) for i in range(NAMES)]


class Filler:
    """`dumps` has what DUMP said of a value, by class. `use` says whose keys are drawn."""

    def __init__(self, seed, owners, dumps, without=()):
        self.random = random.Random(seed)
        self.draw = self.random.random
        self.blob = random.Random(1).randbytes(BLOB_BYTES)
        self.dumps, self.without = dumps, without
        self.stream_id = 0
        self.names = {owner: {of: key_names(owner, of) for of in CLASSES} for owner in (*owners, b"shared")}
        self.channels = {owner: [bulk(b"%s:%d:chan" % (owner, i)) for i in range(4)] for owner in self.names}
        self.pools = {"e": [bulk(b"e:%d" % i) for i in range(25)] + [bulk(b""), bulk(b"\r\n"), bulk(b"7")],
                      "f": [bulk(b"f:%d" % i) for i in range(12)], "m": [bulk(b"m:%d" % i) for i in range(20)],
                      "number": [bulk(b"%d" % i) for i in range(-10, 30)], "name": [bulk(b"name%d" % i) for i in range(4)]}
        self.tables = {name: (Table(self, text), weight) for name, (text, weight) in tables.WEIGHTS.items()}
        self.shared_table = (Table(self, tables.SHARED_ONLY), tables.SHARED_WEIGHT)
        self.choices = {False: cumulated(self.tables.values()),
                        True: cumulated([*self.tables.values(), self.shared_table])}
        self.use(owners[0], False)

    def use(self, owner, shared):
        self.owner, self.shared = owner, shared

    def pick(self, items):
        return items[int(self.draw() * len(items))]

    def below(self, count):
        return int(self.draw() * count)

    def data_command(self):
        return self.random.choices(**self.choices[self.shared])[0].command()

    def key(self, of):
        owner = b"shared" if self.shared and self.draw() < SHARED_KEY else self.owner
        return self.pick(self.names[owner][of])

    def value(self):
        kind = self.draw()
        if kind < 0.3:
            return bulk(b"%d" % self.below(1000))
        length = self.below(40) if kind < 0.97 else self.below(20000)
        at = self.below(BLOB_BYTES - length)
        return bulk(self.blob[at:at + length])

    def big(self):
        return bulk(self.blob[:self.below(1 << 20)])

    def new_id(self):
        """Mostly larger than all before."""
        self.stream_id += 1
        return bulk(b"%d-%d" % (self.stream_id if self.draw() < 0.9 else self.below(self.stream_id), self.below(3)))

    def filler_of_key(self, of, strict):
        """A key of the class, or (unless `strict`) seldom one of another type."""
        if of == "any":
            return lambda: self.key(self.pick(ANY))
        if strict or of in ("S", "rel", "nt", "c", "big"):
            return lambda: self.key("s" if of == "S" else of)
        if of == "w":
            return lambda: bulk(STRING)
        if of == "chan":
            return lambda: self.pick(self.channels[self.owner])
        if of == "shared-chan":
            return lambda: self.pick(self.channels[b"shared"])
        if of == "shared-pattern":
            return lambda: bulk(b"shared:pattern:%d" % self.below(3))
        other = bulk(LIST if of in ("s", "b", "p") else STRING)
        return lambda: other if self.draw() < WRONG_TYPE else self.key(of)

    def filler_of_value(self, kind):
        if kind in self.pools:
            pool = self.pools[kind]
            return lambda: pool[int(self.draw() * len(pool))]
        if kind.startswith("dump-"):
            payload = bulk(self.dumps[kind[5:]])
            return lambda: payload
        return {
            "v": self.value, "big": self.big, "id": self.new_id,
            "i": lambda: bulk(b"%d" % (self.below(36) - 5)),
            "n": lambda: bulk(self.pick((b"1", b"-7", b"9223372036854775807", b"x", b"", b" 1", b"1e3"))),
            "float": lambda: bulk(b"%.2f" % (self.draw() * 20 - 5)),
            "offset": lambda: bulk(b"%d" % self.below(3000)),
            "sec": lambda: bulk(b"%d" % (FAR + self.below(1000))),
            "ms": lambda: bulk(b"%d" % ((FAR + self.below(1000)) * 1000)),
            "lon": lambda: bulk(b"%.4f" % (self.draw() * 40 - 10)),
            "lat": lambda: bulk(b"%.4f" % (self.draw() * 40 - 10)),
        }[kind]

    def filler_of(self, word, strict):
        """What makes the encoded word; b"" for none."""
        if word[0] == "@":
            return self.filler_of_key(word[1:], strict)
        if word[0] == "%":
            return self.filler_of_value(word[1:])
        if "|" in word:
            options = [b"" if option == "_" else bulk(option.encode()) for option in word.split("|")]
            return lambda: options[int(self.draw() * len(options))]
        return bulk(word.encode())


class Table:
    """The lines of one table, ready to draw from."""

    def __init__(self, filler, text):
        self.filler = filler
        self.lines, weights = [], []
        for line in text.strip().splitlines():
            if any(text in line for text in filler.without):
                continue
            words = line.split()
            weights.append(float(words.pop(0)) if words[0].isdigit() else 1)
            strict = words[0] in OVERWRITE or "STORE" in words
            self.lines.append([filler.filler_of(word, strict) for word in words])
        self.choice = cumulated(zip(self.lines, weights))

    def command(self):
        line = self.filler.random.choices(**self.choice)[0]
        words = [word if word.__class__ is bytes else word() for word in line]
        return b"*%d\r\n%s" % (len(words) - words.count(b""), b"".join(words))


def cumulated(weighted):
    """The arguments of random.choices."""
    items, weights = zip(*weighted)
    return {"population": items, "cum_weights": list(itertools.accumulate(weights))}
