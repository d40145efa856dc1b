# SPDX-License-Identifier: Apache-2.0
"""The commands that are drawn from, one a line: what two servers of one version answer alike, byte for byte.

A word is `@class` (a key), `%kind` (a value, see fill.py), `A|B|_` (one of them; `_`: none), or itself. A number before the
command is its weight. A class is a set of key names with one type and one habit, so that no reply depends on chance:

| class | holds |
| --- | --- |
| s | strings of up to 20 kB (S: written whatever they held); absolute expiry times only |
| rel | strings with relative expiry times, which are never read |
| nt | strings that never have one, so that TTL is known |
| c | short strings, for LCS |
| big | strings of up to 1 MiB |
| l | lists |
| h, hb, h1 | hashes: small enough to have an order; larger; of one field |
| si, ss, s1 | sets: of integers, whose order is known; of strings; of one member |
| z, g, z1 | sorted sets; places; of one member |
| x | streams with ids of our own |
| b, p | bitmaps, HyperLogLogs |
| any | any of those with a name of its own, for commands that ask for nothing but existence or type |

Left out is what time or the servers' hash seeds decide: RANDOMKEY, SPOP and the like of larger sets, KEYS of several, TTL of what
expires, idle times, ids of clients.
"""

STRINGS = """
6 SET @S %v
SET @S %v NX|XX
SET @S %v NX|XX|_ GET
SET @S %v KEEPTTL
SET @S %v EXAT %sec
SET @S %v PXAT %ms GET|_
SET @S %v EX 0
SET @S %v NX XX
SET @S %v EXAT nonsense
8 GET @s
GETSET @s %v
GETDEL @s
GETEX @s EXAT %sec
GETEX @s PERSIST
2 MSET @S %v @S %v @S %v
MSETNX @S %v @S %v
3 MGET @s @s @s @w
MGET @s
2 APPEND @s %e
STRLEN @s
SETNX @s %v
2 INCR @s
DECR @s
INCRBY @s %i
DECRBY @s %n
INCRBYFLOAT @s %float
SETRANGE @s %offset %e
GETRANGE @s %i %i
SUBSTR @s 0 %i
SET @rel %v EX 100000
SETEX @rel 200000 %v
PSETEX @rel 200000000 %v
GETEX @rel PX 300000000
EXPIRE @rel 400000
2 GET @rel
SET @c %e
LCS @c @c LEN|IDX|_
SET @nt %v
TTL @nt
PTTL @nt
"""

BIG = """
SET @big %big
2 GET @big
GETRANGE @big -100 -1
STRLEN @big
APPEND @big %e
ECHO %big
"""

LISTS = """
3 LPUSH @l %v %v
3 RPUSH @l %v %v %v
LPUSHX @l %e
RPUSHX @l %e
2 LPOP @l
RPOP @l
LPOP @l %i
RPOP @l 0
LLEN @l
3 LRANGE @l %i %i
LRANGE @l 0 -1
LINDEX @l %i
LSET @l %i %v
LINSERT @l BEFORE|AFTER %e %e
LREM @l %i %e
4 LTRIM @l 0 %i
LPOS @l %e
LPOS @l %e RANK %i COUNT 0 MAXLEN 20
RPOPLPUSH @l @l
LMOVE @l @l LEFT|RIGHT LEFT|RIGHT
LMPOP 2 @l @l LEFT|RIGHT COUNT 2
SORT @l
SORT @l ALPHA DESC|_
SORT @l ALPHA LIMIT 0 5 STORE @l
SORT @l BY nosort GET #
SORT_RO @l ALPHA
RENAME @l @l
COPY @l @l REPLACE|_
DUMP @l
RESTORE @l 0 %dump-l REPLACE|_
"""

BLOCKING = """
4 BLPOP @l @l 0.01
BRPOP @l 0.01
4 BLPOP @l 0.01
BLMOVE @l @l LEFT|RIGHT LEFT|RIGHT 0.01
BRPOPLPUSH @l @l 0.01
BLMPOP 0.01 2 @l @l LEFT|RIGHT COUNT 3
BZPOPMIN @z @z 0.01
BZPOPMAX @z 0.01
BZMPOP 0.01 1 @z MIN|MAX
XREAD BLOCK 5 STREAMS @x $
XREAD COUNT 2 BLOCK 5 STREAMS @x 0
XREADGROUP GROUP g1 alice BLOCK 5 STREAMS @x >
WAIT 0 0
WAIT 1 5
BLPOP @l -1
BLPOP @l nonsense
"""

HASHES = """
4 HSET @h %f %e %f %e
3 HGET @h %f
2 HGETALL @h
HKEYS @h
HVALS @h
HSCAN @h 0 COUNT 1000
HMSET @h %f %e
HMGET @h %f %f %f
HDEL @h %f %f
HEXISTS @h %f
HLEN @h
HSTRLEN @h %f
HSETNX @h %f %e
HINCRBY @h %f %i
HINCRBYFLOAT @h %f %float
RENAME @h @h
DUMP @h
RESTORE @h 0 %dump-h REPLACE|_
3 HSET @hb %f %v
2 HGET @hb %f
HMGET @hb %f %f
HDEL @hb %f
HSTRLEN @hb %f
COPY @hb @hb REPLACE
HSET @h1 only %e
HRANDFIELD @h1
HRANDFIELD @h1 2 WITHVALUES|_
HGETALL @h1
"""

SETS = """
4 SADD @si %number %number %number
2 SMEMBERS @si
SSCAN @si 0 COUNT 1000
SREM @si %number %number
SINTER @si @si
SUNION @si @si
SDIFF @si @si
SINTERSTORE @si @si @si
SUNIONSTORE @si @si @si
SDIFFSTORE @si @si @si
SMOVE @si @si %number
SINTERCARD 2 @si @si LIMIT %i
SORT @si DESC|_ LIMIT 0 10
COPY @si @si REPLACE
DUMP @si
3 SADD @ss %e %number %e
SISMEMBER @ss %e
SMISMEMBER @ss %e %e %e
SCARD @ss
SREM @ss %e
SUNIONSTORE @ss @ss @ss
SINTERCARD 2 @ss @ss
SORT @ss ALPHA
RENAMENX @ss @ss
SADD @s1 only
SPOP @s1
SPOP @s1 3
SRANDMEMBER @s1
SRANDMEMBER @s1 -2
SMEMBERS @s1
"""

SORTED_SETS = """
4 ZADD @z %float %m %float %m
ZADD @z NX|XX|GT|LT|_ CH|_ %float %m
ZADD @z INCR %float %m
ZADD @z inf|-inf|nan|1e308 %m
ZINCRBY @z %float %m
2 ZSCORE @z %m
ZMSCORE @z %m %m
2 ZRANGE @z 0 -1 WITHSCORES|_
ZRANGE @z (1 +inf BYSCORE LIMIT 0 3
ZRANGE @z [m [n BYLEX REV|_
ZREVRANGE @z 0 %i
ZRANGEBYSCORE @z -inf +inf WITHSCORES|_
ZREVRANGEBYSCORE @z +inf 0
ZRANGEBYLEX @z - +
ZREVRANGEBYLEX @z + -
ZRANGESTORE @z @z 0 %i
ZRANK @z %m
ZREVRANK @z %m
ZCARD @z
ZCOUNT @z -inf %i
ZLEXCOUNT @z - +
ZREM @z %m %m
ZREMRANGEBYRANK @z 0 %i
ZREMRANGEBYSCORE @z 0 %i
ZREMRANGEBYLEX @z [m:1 [m:2
ZPOPMIN @z
ZPOPMAX @z 2
ZMPOP 2 @z @z MIN|MAX COUNT 2
ZUNION 2 @z @z WEIGHTS 1 2 WITHSCORES
ZINTER 2 @z @z AGGREGATE SUM|MIN|MAX
ZDIFF 2 @z @z WITHSCORES|_
ZUNIONSTORE @z 2 @z @z
ZINTERSTORE @z 2 @z @si
ZDIFFSTORE @z 2 @z @z
ZINTERCARD 2 @z @z LIMIT 2
ZSCAN @z 0 COUNT 1000
DUMP @z
RESTORE @z 0 %dump-z REPLACE|_
ZADD @z1 1.5 only
ZRANDMEMBER @z1 2 WITHSCORES|_
GEOADD @g %lon %lat %m
GEOADD @g NX|XX|CH|_ %lon %lat %m
GEOADD @g 200 10 %m
GEOPOS @g %m %m
GEODIST @g %m %m km|m|mi|ft
GEOHASH @g %m %m
GEOSEARCH @g FROMLONLAT 10 10 BYRADIUS 3000 km ASC|DESC WITHDIST|WITHCOORD|WITHHASH|_
GEOSEARCH @g FROMLONLAT 10 10 BYBOX 4000 4000 km COUNT 3 ASC
GEOSEARCHSTORE @g @g FROMLONLAT 10 10 BYRADIUS 2000 km
GEORADIUS @g 10 10 5000 km WITHDIST|_ ASC
GEORADIUSBYMEMBER @g %m 5000 km
"""

STREAMS = """
6 XADD @x MAXLEN 20 %id %f %v
XADD @x NOMKSTREAM MAXLEN ~ 20 %id %f %e %f %e
XADD @x %id %f
XADD @x 0-0 %f %e
XADD @x 1-1 %f %e
XLEN @x
2 XRANGE @x - + COUNT 5
XREVRANGE @x + - COUNT %i
XRANGE @x 5-0 (99999
XREAD COUNT 3 STREAMS @x @x 0 0
XDEL @x %id
XTRIM @x MAXLEN %i
XTRIM @x MINID %id
2 XGROUP CREATE @x g1|g2 0|$ MKSTREAM|_
XGROUP CREATECONSUMER @x g1 alice
XGROUP DELCONSUMER @x g1 bob
XGROUP SETID @x g1 0
XGROUP DESTROY @x g2
2 XREADGROUP GROUP g1|g2 alice|bob COUNT 2 STREAMS @x >|0
XACK @x g1 %id %id
XPENDING @x g1
XCLAIM @x g1 bob 0 %id JUSTID
XAUTOCLAIM @x g1 bob 0 0 COUNT 2 JUSTID|_
XINFO GROUPS @x
XINFO STREAM @x
XINFO NOSUCH @x
XSETID @x 1-1
"""

BITS = """
2 SETBIT @b %offset 0|1
GETBIT @b %offset
BITCOUNT @b
BITCOUNT @b 0 %i BYTE|BIT
BITPOS @b 0|1
BITOP AND|OR|XOR @b @b @b
BITOP NOT @b @b
BITFIELD @b INCRBY u4 %offset 3 GET i8 0
BITFIELD @b OVERFLOW SAT|FAIL|WRAP INCRBY u2 100 1
BITFIELD_RO @b GET u8 %offset
GET @b
PFADD @p %e %e %v
PFCOUNT @p
PFCOUNT @p @p
PFMERGE @p @p @p
GET @p
"""

GENERIC = """
3 DEL @any @any
UNLINK @any
2 EXISTS @any @any @any
2 TYPE @any
TOUCH @any @any
2 OBJECT ENCODING @any
OBJECT REFCOUNT @c
OBJECT FREQ @any
OBJECT HELP
EXPIREAT @any %sec NX|XX|GT|LT|_
PEXPIREAT @any %ms
EXPIREAT @any 1
2 EXPIRETIME @any
PEXPIRETIME @any
PERSIST @any
RENAME @s @s
RENAMENX @s @s
COPY @s @s REPLACE|_
COPY @s @s DB 1|2|3|99 REPLACE
MOVE @s 1|2|3|99
DUMP @s
RESTORE @s 0 %dump-s REPLACE|_
RESTORE @s %ms %dump-s ABSTTL
RESTORE @s 0 nonsense
SCAN 0 MATCH absent COUNT 1000000
SCAN nonsense
KEYS absent
SELECT 0|0|0|1|2|3|99|x
"""

SERVER = """
4 PING
PING %e
3 ECHO %v
COMMAND COUNT
COMMAND GETKEYS SET @s %e
COMMAND GETKEYS MSET @s %e @s %e
COMMAND GETKEYS EVAL x 2 @s @s %e
COMMAND GETKEYS PING
COMMAND GETKEYSANDFLAGS LMOVE @l @l LEFT LEFT
COMMAND INFO get nosuch blpop
COMMAND DOCS get
COMMAND NOSUCH
CONFIG GET maxmemory
CONFIG GET nosuch
CONFIG SET nosuch 1
ROLE
ACL WHOAMI
ACL NOSUCH
MODULE LIST
READONLY
ASKING
CLUSTER INFO
LATENCY HELP
AUTH nonsense
AUTH nobody nonsense
CLIENT SETNAME %name
3 CLIENT GETNAME
CLIENT SETNAME with|space|_
CLIENT NO-EVICT ON|OFF|x
CLIENT NOSUCH
CLIENT SETINFO LIB-NAME x
CLIENT HELP
CLIENT GETREDIR
CLIENT TRACKINGINFO
CLIENT CACHING YES|NO
CLIENT UNPAUSE
CLIENT UNBLOCK 0
PUBSUB NUMSUB @chan @chan
PUBSUB SHARDNUMSUB @chan
PUBSUB CHANNELS absent
FUNCTION LIST LIBRARYNAME absent
SCRIPT HELP
SCRIPT EXISTS 0000000000000000000000000000000000000000
SCRIPT KILL
HELLO 9
HELLO x
"""

SHARED_ONLY = """
DBSIZE
2 PUBLISH @shared-chan %e
PUBLISH @shared-pattern %e
SPUBLISH @shared-chan %e
PUBSUB NUMSUB @shared-chan
SCRIPT FLUSH
FUNCTION FLUSH
FUNCTION STATS
SWAPDB 1|2 2|3
"""

WEIGHTS = {"strings": (STRINGS, 22), "big": (BIG, 0.1), "lists": (LISTS, 12), "blocking": (BLOCKING, 0.4),
           "hashes": (HASHES, 10), "sets": (SETS, 10), "sorted sets": (SORTED_SETS, 12), "streams": (STREAMS, 8),
           "bits": (BITS, 6), "generic": (GENERIC, 10), "server": (SERVER, 6)}
SHARED_WEIGHT = 4

# Subcommands that 7.0 does not have: MULTI refuses to queue them.
REFUSED_AT_ONCE = (b"NOSUCH", b"SETINFO")
UNKNOWN = (b"NOSUCH", b"get2", b"", b"FOO\r\nBAR", b"\x00\xff", b"x" * 200)
NEED_ARGUMENTS = b"""GET SET MGET DEL LPUSH LRANGE HSET HGETALL SADD ZADD ZRANGE XADD XREAD EVAL EXPIRE TTL TYPE INCR SELECT ECHO
SETBIT PFCOUNT GEOADD SUBSCRIBE PUBLISH BLPOP WATCH OBJECT XGROUP FCALL RENAME DUMP BITOP SORT SCAN MOVE""".split()
