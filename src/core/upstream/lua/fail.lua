-- SPDX-License-Identifier: Apache-2.0
-- fail TOKEN RETRY-MS FAILURES REASON: records that the load failed and drops the lease, if it is
-- still the token's. What there was stays. RETRY-MS 0: nothing is to be remembered.
-- -> recorded | lost | foreign
local token, delay, failures, reason = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if holder() ~= token then return {'lost'} end
local found = redis.call('HMGET', key, 'data', 'meta')
local m = parse(found[2])
if delay > 0 then
  m.retry, m.failures = now + delay, failures
  m.rest = string.gsub(m.rest, '\nreason [^\n]*', '') .. '\nreason ' .. reason
  if m.stamp == '' then m.stamp = token end
end
local last = useful(m, found[1])
if last <= now then
  redis.call('UNLINK', key)
else
  redis.call('HSET', key, 'status', 'error', 'meta', write(m))
  redis.call('HDEL', key, 'lease')
  expire_at(last)
end
wake('failed')
track()
return {'recorded'}
