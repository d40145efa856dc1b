# SPDX-License-Identifier: Apache-2.0
"""Scenes of several connections that wait for one another: groups of steps, one after the other."""

from steps import batch, blocked, dropped, seeded
from wire import command

# What blocks on a key, and what feeds it.
FED = (("BLPOP {key} 0", "RPUSH {key} fed more"), ("BRPOP absent {key} 0", "LPUSH {key} fed"), ("BLMOVE {key} moved LEFT LEFT 0", "RPUSH {key} fed"),
       ("BRPOPLPUSH {key} moved 0", "RPUSH {key} fed"), ("BLMPOP 0 2 absent {key} LEFT COUNT 2", "RPUSH {key} a b c"),
       ("BZPOPMIN {key} 0", "ZADD {key} 1.5 fed"), ("BZPOPMAX absent {key} 0", "ZADD {key} 1 a 2 b"),
       ("BZMPOP 0 1 {key} MIN COUNT 5", "ZADD {key} 1 a 2 b"), ("XREAD BLOCK 0 STREAMS {key} $", "XADD {key} 1-1 field fed"),
       ("BLPOP {key} 0", "SADD {key} wrong"))
PARTIAL = (b"", b"*2\r\n$3\r\nGET\r\n$5\r\nab", b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100\r\nx", b"PING", b"*1\r\n", b"$")


def plain(g, index, *commands):
    """Brings a connection, whatever it was in, to where it can do anything, in database 0; then the commands."""
    state = g.states[index]
    first = g.opening(state)
    if state.multi:
        first.append(command("DISCARD"))
        state.end(False)
    if state.listening:
        state.reset()
        state.greeted = False
        first += [command("RESET"), *g.opening(state)]
    return g.ended(index, [*first, command("SELECT", 0), *commands])


def two(g):
    return g.random.sample(range(len(g.states)), 2)


def fed_blocking(g):
    """One blocks, another feeds it; commands that were sent behind the blocking one come after it."""
    waiter, feeder = two(g)
    blocking, feeding = g.random.choice(FED)
    key = f"shared:fed:{g.number()}"
    words = [command(*line.format(key=key).split()) for line in (blocking, feeding)]
    behind = [command("ECHO", "behind")] * g.random.randrange(3)
    yield [plain(g, waiter)]
    yield [batch(waiter, [words[0], *behind], b"", [])]
    yield [blocked(1)]
    if feeding.endswith("wrong"):    # of a type that does not wake it; then what does
        words += [command("DEL", key), command("RPUSH", key, "fed")]
    yield [plain(g, feeder, *words[1:])]
    yield [g.ended(waiter, [])]


def lost_watch(g):
    """A transaction whose watched key somebody else has written, or has not."""
    watcher, writer = two(g)
    key = f"shared:watched:{g.number()}"
    yield [plain(g, watcher, command("SET", key, "1"), command("WATCH", key), command("GET", key))]
    if g.random.random() < 0.7:
        yield [plain(g, writer, command("SET", key, "2"))]
    yield [g.ended(watcher, [command("MULTI"), command("INCR", key), command("EXEC"), command("GET", key)])]
    g.states[watcher].watching = False


def vanishing(g):
    """A client that goes away in the middle of a command, subscribed, in MULTI or whatever."""
    index = g.random.randrange(len(g.states))
    yield [g.batch(index, shared=True)]
    yield [dropped(index, g.random.choice(PARTIAL))]
    g.states[index].reset(closed=True)


def flush(g):
    """Everybody's keys go. Afterwards those that the others count on are there again."""
    yield [plain(g, g.random.randrange(len(g.states)), command(*g.random.choice(("FLUSHALL", "FLUSHDB", "FLUSHALL ASYNC")).split()))]
    yield [seeded()]
