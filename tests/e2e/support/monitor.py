# SPDX-License-Identifier: Apache-2.0
"""What a Redis executed, in its order, by MONITOR; times are made comparable with time.monotonic() of this host."""

import re
import time

LINE = re.compile(r"^(\d+\.\d+) \[(\d+) (.*?)\] (.*)$", re.DOTALL)
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)", re.DOTALL)
CONTROL = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}


def unescape(text):
    def one(match):
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) == 3 else CONTROL.get(code, code)

    return ESCAPE.sub(one, text)


class executed:
    """One command. `by` is an address, or "lua" for what a script called; words are text, a byte a character."""

    def __init__(self, at, db, by, words):
        self.at, self.db, self.by, self.words = at, db, by, words
        self.name = words[0].upper()

    @property
    def in_script(self):
        return self.by == "lua"

    def writes_data(self, entry):
        """Whether it puts a value into the entry."""
        return self.name in ("HSET", "HMSET") and self.words[1:2] == [entry] and "data" in self.words[2::2]


def parse_line(text, offset=0.0):
    match = LINE.match(text)
    if not match:
        return None
    words = [unescape(word) for word in WORD.findall(match[4])]
    return executed(float(match[1]) - offset, int(match[2]), match[3], words) if words else None


class monitor:
    def __init__(self, client):
        self.client = client
        self.offset = time.time() - time.monotonic()

    @classmethod
    async def start(cls, redis):
        client = await redis.connect()
        await client.call("MONITOR")
        return cls(client)

    def commands(self):
        """All that was executed since the start; the monitored server's own clock, as time.monotonic()."""
        return [c for text in self.client.unasked if (c := parse_line(text, self.offset))]

    def fills(self, entry):
        """When a value was put into this entry."""
        return [c.at for c in self.commands() if c.writes_data(entry)]

    def close(self):
        self.client.close()
