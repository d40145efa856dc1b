-- SPDX-License-Identifier: Apache-2.0
-- invalidate HARD: '1': the entry is gone. '0': it is fresh no longer, and keeps its stale windows.
-- Either way the lease goes: a load that began before cannot fill.
-- -> done 1 | done 0 (there was none) | foreign
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
