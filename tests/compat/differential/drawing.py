# SPDX-License-Identifier: Apache-2.0
"""Draws one or a few commands for a connection in a known state, and says what they make of it."""

import scripts
import tables
from wire import bulk, command

PROTOCOL_ERRORS = (b"*abc\r\n", b"*1\r\n$abc\r\n", b"*1\r\n+PING\r\n", b"*1\r\n$-1\r\n", b"*3000000000\r\n", b"*2\r\n$3\r\nGET\r\n:1\r\n",
                   b"*1\r\n$99999999999\r\n", b'SET "unbalanced\r\n', b"GET 'x'y\r\n", b"*1\r\n\r\n")
NOTHING = (b"\r\n", b"*0\r\n", b"*-1\r\n", b"   \r\n", b"\n")
INLINE = (b"PING\r\n", b"ping\n", b"PING \"a\\x00b\\r\\n\"\r\n", b"  ECHO   'it\\'s'  \r\n", b"ECHO \"\"\r\n", b"EXISTS absent\r\n",
          b"GET wrong:string\r\n", b"LRANGE wrong:list 0 -1\r\n")
TRACKING = ("ON", "ON", "ON NOLOOP", "ON OPTIN", "ON OPTOUT", "OFF", "OFF", "ON REDIRECT 999999999", "ON BCAST OPTIN", "x")
KINDS = ("", "P", "S")


def draw(g, state, shared):
    chance = g.random.random()
    if state.silent:
        return [speak(state)] if chance < 0.3 else [g.filler.data_command()]
    if state.listening:
        return while_listening(g, state, shared)
    if chance < 0.87:
        drawn = g.filler.data_command()
        state.dirty = state.dirty or state.multi and any(word in drawn for word in tables.REFUSED_AT_ONCE)
        return [drawn]
    if chance < 0.93 or state.multi and chance < 0.96:
        return transaction(g, state)
    if chance < 0.96:
        return pubsub(g, state, shared)
    if chance < 0.975:
        return connection(g, state)
    if chance < 0.99:
        return [scripts.draw(g)]
    return odd(g, state)


def transaction(g, state):
    name = g.random.choice(("EXEC", "EXEC", "EXEC", "DISCARD", "WATCH") if state.multi else
                           ("MULTI", "MULTI", "MULTI", "MULTI", "WATCH", "WATCH", "UNWATCH", "EXEC", "DISCARD"))
    if name == "WATCH":
        if state.multi and state.effects:
            return []
        state.watching = True
        return [b"*3\r\n$5\r\nWATCH\r\n" + g.filler.key("s") + g.filler.key("l")]
    if name == "MULTI":
        state.begin()
    elif state.multi:
        state.end(name == "EXEC")
    elif name == "UNWATCH":
        state.watching = False
    return [command(name)]


def channels(g, kind, shared):
    owner = b"shared" if shared and g.random.random() < 0.5 else g.filler.owner
    if kind == "P":    # no two of them match the same channel
        names = [b"shared:pattern:%d*" % i for i in range(3)] if owner == b"shared" else [owner + b":%d:*" % i for i in range(4)]
    else:
        names = [b"%s:%d:chan" % (owner, i) for i in range(4)]
    return g.random.sample(names, g.random.randrange(1, 4))


def subscribe(g, state, shared):
    kind = g.random.choice(KINDS)
    names = channels(g, kind, shared)
    state.do(lambda: state.subscribed[kind].update(names))
    return [command(kind + "SUBSCRIBE", *names)]


def unsubscribe(g, state, shared):
    """From all or some. Without names only where their order is known."""
    kind = g.random.choice([k for k in KINDS if state.subscribed[k]] or KINDS)
    held = state.subscribed[kind]
    if len(held) < 2 and not state.multi and g.random.random() < 0.5:
        held.clear()
        return [command(kind + "UNSUBSCRIBE")]
    names = sorted(held) if held and g.random.random() < 0.7 else channels(g, kind, shared)
    state.do(lambda: held.difference_update(names))
    return [command(kind + "UNSUBSCRIBE", *names)]


def pubsub(g, state, shared):
    chance = g.random.random()
    if chance < 0.4 or not state.certain:
        name = g.random.choice(("PUBLISH", "PUBLISH", "SPUBLISH"))
        return [b"*3\r\n" + bulk(name.encode()) + g.filler.pick(g.filler.channels[g.filler.owner]) + g.filler.value()]
    return subscribe(g, state, shared) if chance < 0.65 else unsubscribe(g, state, shared)


def while_listening(g, state, shared):
    chance = g.random.random()
    if chance < 0.2:
        return subscribe(g, state, shared)
    if chance < 0.55:
        return unsubscribe(g, state, shared)
    if chance < 0.7:
        return [g.filler.data_command()]
    if chance < 0.75:
        return reset(g, state)
    if chance < 0.77:
        return odd(g, state)
    return [command("PING")] if chance < 0.9 else [command("PING", "text")]


def reset(g, state):
    state.reset()
    state.greeted = False
    return [command("RESET"), *g.opening(state)]


def hello(g, state):
    version = int(g.protocol if g.protocol != "both" else g.random.choice("23"))
    more = g.random.choice(((), ("SETNAME", "named"), ("AUTH", "default", "any"), ("AUTH", "nobody", "x"), ("SETNAME", "a b")))

    def greeted():
        state.protocol = version
    if not more or more[1] in ("named", "default"):
        state.do(greeted)
    return [command("HELLO", version, *more)]


def connection(g, state):
    chance = g.random.random()
    if chance < 0.25:
        return hello(g, state) if state.certain else []
    if chance < 0.35:
        return reset(g, state)
    if chance < 0.38:
        state.closing = True
        return [command("QUIT")]
    if chance < 0.7 or state.multi:
        return [command("CLIENT", "TRACKING", *g.random.choice(TRACKING).split())]
    if chance < 0.85:
        return [command("CLIENT", "REPLY", "SKIP"), g.filler.data_command()]
    if chance < 0.9:
        return [command("CLIENT", "REPLY", g.random.choice(("ON", "x")))]
    state.silent = True
    return [command("CLIENT", "REPLY", "OFF")]


def speak(state):
    state.silent = False
    return command("CLIENT", "REPLY", "ON")


def odd(g, state):
    """What is refused as it comes, is no command, or ends the connection."""
    chance = g.random.random()
    if chance < 0.3:
        return [g.random.choice(NOTHING)]
    if chance < 0.55:
        return [g.random.choice(INLINE)]
    if chance < 0.58:
        state.closing = True
        return [g.random.choice(PROTOCOL_ERRORS)]
    state.dirty = state.dirty or state.multi
    if chance < 0.75:
        return [command(g.random.choice(tables.NEED_ARGUMENTS))]
    if chance < 0.8:
        return [b"NOSUCH inline \"two words\"\r\n"]
    return [command(g.random.choice(tables.UNKNOWN), *(g.filler.blob[:g.random.randrange(200)] for _ in range(g.random.randrange(4))))]
