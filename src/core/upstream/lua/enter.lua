-- SPDX-License-Identifier: Apache-2.0
-- enter TOKEN LEASE-MS LIMIT KEEP: a place for a load, or one in the line for it; both last for
-- LEASE-MS unless this is called again. KEEP '1': the load runs, so it counts whatever the limit.
-- -> entered | queued POSITION LEFT-MS (until the next place runs out at the latest) | foreign
local token, lease, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local queued, waiting, held = 'q ' .. token, 'd ' .. token, 'h ' .. token
local dropped = drop_expired()
local rank = redis.call('ZRANK', key, queued)
local before = rank or redis.call('ZCOUNT', key, 0, '(' .. whole(waits))
local answer = {'entered'}
if ARGV[4] == '1' or redis.call('ZSCORE', key, held) or before < free(limit) then
  redis.call('ZREM', key, queued, waiting)
  redis.call('ZADD', key, whole(holds + now + lease), held)
else
  if not rank then
    local last = redis.call('ZREVRANGEBYSCORE', key, '(' .. whole(waits), 0, 'WITHSCORES', 'LIMIT', 0, 1)
    redis.call('ZADD', key, whole((last[2] or 0) + 1), queued)
  end
  redis.call('ZADD', key, whole(waits + now + lease), waiting)
  local soonest = redis.call('ZRANGEBYSCORE', key, whole(holds), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  answer = {'queued', before + 1, soonest[2] and soonest[2] - holds - now or 1}
end
if redis.call('PTTL', key) < lease + 1000 then redis.call('PEXPIRE', key, whole(lease + 1000)) end
if dropped > 0 then tell(limit) end
return answer
