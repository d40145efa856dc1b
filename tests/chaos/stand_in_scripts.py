# SPDX-License-Identifier: Apache-2.0
"""The stand-in's transitions as Lua, in short: one key each, a TTL at every exit, the wake-up in the same step."""

NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
LONG_ENOUGH = """
if redis.call('PTTL', KEYS[1]) < ARGV[2] + 1000 then redis.call('PEXPIRE', KEYS[1], ARGV[2] + 1000) end """
# A write ends the tracking of its key, the caller's too, NOLOOP or not; a read after it begins it again.
TRACKED = "redis.call('PTTL', KEYS[1]) "
FOREIGN = "local kind = redis.call('TYPE', KEYS[1]).ok if kind ~= 'none' and kind ~= 'hash' then return %s end "
META = "string.format('1 %%.0f %%.0f %%.0f %%d 0 0 0', now + %s, now + %s + %s, now + %s + %s, %s)"


def acquire(bug):
    """KEYS entry; ARGV token, lease in ms, owner → granted token | held ms | fresh data | foreign."""
    look = """
local meta = redis.call('HGET', KEYS[1], 'meta')
if meta and tonumber(string.match(meta, '^1 (%d+)')) > now then
  return {'fresh', redis.call('HGET', KEYS[1], 'data')}
end """
    keep = LONG_ENOUGH
    return NOW + FOREIGN % "{'foreign'}" + """
local lease = redis.call('HGET', KEYS[1], 'lease')
if lease then
  local left = tonumber(string.match(lease, ' (%d+) ')) - now
  if left > 0 then return {'held', left} end
end """ + ("" if bug == "no_look_again" else look) + """
redis.call('HSET', KEYS[1], 'lease', string.format('%s %.0f %s', ARGV[1], now + ARGV[2], ARGV[3]),
           'status', 'refreshing') """ + ("" if bug == "immortal_lease" else keep) + TRACKED + \
        "return {'granted', ARGV[1]}"


HAS_LEASE = """
local lease = redis.call('HGET', KEYS[1], 'lease')
if not lease or string.match(lease, '^(%S+)') ~= ARGV[1] then return 'refused' end """

renew = NOW + FOREIGN % "'foreign'" + HAS_LEASE + """
local owner = string.match(lease, '(%S+)$')
redis.call('HSET', KEYS[1], 'lease', string.format('%s %.0f %s', ARGV[1], now + ARGV[2], owner))
""" + LONG_ENOUGH + TRACKED + """
return 'renewed'"""


def fill(bug):
    """KEYS entry; ARGV token, data, ttl, while_revalidate, if_error, load's time, time to keep."""
    return NOW + FOREIGN % "'foreign'" + ("" if bug == "no_fence" else HAS_LEASE) + """
redis.call('HSET', KEYS[1], 'data', ARGV[2], 'status', 'ready', 'updated_at', t[1], 'meta', """ + \
        META % ("ARGV[3]", "ARGV[3]", "ARGV[4]", "ARGV[3]", "ARGV[5]", "ARGV[6]") + """)
redis.call('HDEL', KEYS[1], 'lease')
redis.call('PEXPIRE', KEYS[1], ARGV[7]) """ + \
        ("" if bug == "lost_wake_up" else "redis.call('PUBLISH', KEYS[1], 'filled') ") + "return 'stored'"


invalidate = """
local gone = redis.call('HEXISTS', KEYS[1], 'data')
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', KEYS[1], 'gone')
return gone"""

put = NOW + FOREIGN % "'foreign'" + """
redis.call('HSET', KEYS[1], 'data', ARGV[1], 'status', 'ready', 'updated_at', t[1], 'meta', """ + \
    META % ("ARGV[2]", "ARGV[2]", "ARGV[3]", "ARGV[2]", "ARGV[4]", "0") + """)
redis.call('HDEL', KEYS[1], 'lease')
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', KEYS[1], 'put')
return 'stored'"""
