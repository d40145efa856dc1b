# SPDX-License-Identifier: Apache-2.0
"""Entries as another program reads them from Redis, by docs/entry_format.md."""

from collections import namedtuple

FIRST_LINE = "version fresh_until revalidate_until error_until load retry_at failures stamp"
meta = namedtuple("meta", FIRST_LINE + " lines")
lease = namedtuple("lease", "token deadline owner began")
entry = namedtuple("entry", "data status updated_at meta lease")


def parse_meta(data):
    """First line: eight fields, times in ms; each further line a name and a value."""
    first, *further = data.decode().splitlines()
    version, *numbers, stamp = first.split(" ")
    if version != "1" or len(numbers) != 6:
        raise ValueError(f"not a meta of version 1: {first!r}")
    int(stamp, 16)
    return meta(1, *map(int, numbers), stamp, dict(line.split(" ", 1) for line in further))


def parse_lease(data):
    token, deadline, owner, began = data.decode().split(" ")
    return lease(token, int(deadline), owner, int(began))


def parse_entry(fields):
    """From HGETALL's list of names and values; None for no hash."""
    if not fields:
        return None
    named = dict(zip(fields[::2], fields[1::2]))
    return entry(named.get(b"data"), named.get(b"status", b"").decode(),
                 int(named[b"updated_at"]) if b"updated_at" in named else None,
                 parse_meta(named[b"meta"]) if b"meta" in named else None,
                 parse_lease(named[b"lease"]) if b"lease" in named else None)


async def read_entry(redis, key, db=0, prefix="cache:"):
    return parse_entry(await redis.call("HGETALL", prefix + key, db=db))
