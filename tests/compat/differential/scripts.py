# SPDX-License-Identifier: Apache-2.0
"""Scripts and functions. Each connection has its own, so that none depends on what another has loaded."""

import hashlib

from wire import bulk

# Their first key is a string's, the second a list's, the third a small hash's.
BODIES = (
    b"return redis.call('GET', KEYS[1])", b"return {1, 2.9, 'x', false, {KEYS[2], ARGV[1]}, -1}", b"return redis.status_reply('FINE')",
    b"return redis.error_reply('MY error')", b"error('thrown')", b"return redis.call('NOSUCH')", b"return redis.pcall('LPUSH', KEYS[1], 'x')",
    b"redis.call('RPUSH', KEYS[2], ARGV[1]) return redis.call('LRANGE', KEYS[2], 0, 3)", b"return nosuch.field",
    b"redis.call('SET', KEYS[1], ARGV[1]) return redis.call('INCR', KEYS[1])", b"return 'unfinished", b"return cjson.encode({KEYS[1], 1})",
    b"redis.setresp(3) return redis.call('HGETALL', KEYS[3])", b"redis.setresp(3) return {double=3.5}", b"redis.setresp(3) return {map={a=1}}",
    b"return redis.call('HSET', KEYS[3], 'f:1', ARGV[1])", b"return redis.sha1hex(ARGV[1])", b"return true", b"return nil",
    b"redis.setresp(3) return {big_number='123456789012345678901234567890'}", b"return redis.call('BLPOP', KEYS[2], 0)",
    b"return redis.call('SUBSCRIBE', 'x')", b"return tostring(redis.REDIS_VERSION_NUM)",
)
# Of one function each: several are listed in the order of a hash.
LIBRARIES = (b"""#!lua name=lib_get_%(owner)s
redis.register_function('get_%(owner)s', function(keys, args) return redis.call('GET', keys[1]) end)
""", b"""#!lua name=lib_only_%(owner)s
redis.register_function{function_name='only_%(owner)s', callback=function(keys, args) return {keys[2], args[1], %(number)d} end,
  flags={'no-writes'}}
""")


def body(g):
    text = g.random.choice(BODIES) + b" -- " + g.filler.owner
    return b"#!lua flags=no-writes\n" + text if g.random.random() < 0.1 else text


def arguments(g):
    """Of EVAL and FCALL."""
    if g.random.random() < 0.05:
        return [bulk(g.random.choice((b"4000", b"-1", b"x")))]
    return [bulk(b"3"), *(g.filler.key(of) for of in ("s", "l", "h")), g.filler.pick(g.filler.pools["e"])]


def draw(g):
    chance, owner = g.random.random(), g.filler.owner
    sha = hashlib.sha1(body(g)).hexdigest().encode()
    if chance < 0.35:
        words = [bulk(g.random.choice((b"EVAL", b"EVAL", b"EVAL_RO"))), bulk(body(g)), *arguments(g)]
    elif chance < 0.65:
        words = [bulk(g.random.choice((b"EVALSHA", b"evalsha", b"EVALSHA_RO"))), bulk(sha), *arguments(g)]
    elif chance < 0.75:
        words = [bulk(b"SCRIPT"), bulk(b"LOAD"), bulk(body(g))]
    elif chance < 0.8:
        words = [bulk(b"SCRIPT"), bulk(b"EXISTS"), bulk(sha), bulk(b"x")]
    elif chance < 0.9:
        function = g.random.choice((b"get_", b"only_", b"absent_")) + owner
        words = [bulk(g.random.choice((b"FCALL", b"FCALL_RO"))), bulk(function), *arguments(g)]
    elif chance < 0.96:
        library = g.random.choice(LIBRARIES) % {b"owner": owner, b"number": g.random.randrange(1000)}
        words = [bulk(word) for word in (b"FUNCTION", b"LOAD", *g.random.choice(((b"REPLACE",), ())), library)]
    elif chance < 0.98:
        words = [bulk(b"FUNCTION"), bulk(b"DELETE"), bulk(g.random.choice((b"lib_get_", b"lib_only_")) + owner)]
    else:
        words = [bulk(b"FUNCTION"), bulk(b"LIST"), bulk(b"LIBRARYNAME"), bulk(g.random.choice((b"lib_get_", b"lib_only_")) + owner)]
    return b"*%d\r\n%s" % (len(words), b"".join(words))
