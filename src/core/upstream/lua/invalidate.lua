-- SPDX-License-Identifier: Apache-2.0
-- invalidate HARD [SINCE-MS OWNER]: '1': the entry is gone. '0': it is fresh no longer, and keeps
-- its stale windows. Either way the lease goes: a load that began before cannot fill.
--
-- Many processes may hear the same message and call this, late ones long after the entry was loaded
-- anew. With a second key, the marker, only the first of them changes anything:
--
--   marker   a hash: '@' = when the first one called, and a field for each one that has
--
-- Whoever is in it already has heard another message, and begins a new marker; so does one that
-- listens only SINCE a later time than '@', and so cannot mean the message of the marker. Everybody
-- else is late with the same message. After ten seconds the marker is forgotten.
-- -> done 1 | done 0 (there was none) | seen (somebody else has done it) | foreign
local marker = KEYS[2]
if marker then
  local since, owner = tonumber(ARGV[2]), ARGV[3]
  local at = tonumber(redis.call('HGET', marker, '@') or '')
  if at and at > since and redis.call('HSETNX', marker, owner, 1) == 1 then return {'seen'} end
  redis.call('UNLINK', marker)
  redis.call('HSET', marker, '@', whole(now), owner, 1)
  redis.call('PEXPIRE', marker, 10000)
end
if kind == 'none' then return {'done', 0} end
local found = redis.call('HMGET', key, 'data', 'meta')
local m = parse(found[2])
m.fresh, m.retry, m.failures = math.min(m.fresh, now), 0, 0
local last = useful(m, found[1])
if ARGV[1] == '1' or last <= now then
  redis.call('UNLINK', key)
else
  redis.call('HSET', key, 'meta', write(m), 'status', 'ready')
  redis.call('HDEL', key, 'lease')
  expire_at(last)
end
wake('invalidated')
track()
return {'done', 1}
