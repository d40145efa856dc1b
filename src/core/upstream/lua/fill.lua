-- SPDX-License-Identifier: Apache-2.0
-- fill TOKEN HAS-DATA DATA FRESH-MS REVALIDATE-MS ERROR-MS LOAD-MS NOTES: stores what a load gave
-- and drops the lease, if it is still the token's. Windows count from now; without data the key is
-- known not to exist. NOTES: further lines of meta, each begun by a line feed. A result of no use
-- erases the entry.
-- -> stored | refused DATA META | foreign
local token, has_data, data = ARGV[1], ARGV[2] == '1', ARGV[3]
local other, _, began = holder()
if other ~= token then
  local found = redis.call('HMGET', key, 'data', 'meta')
  return {'refused', found[1], found[2]}
end
local m = {fresh = now + ARGV[4], revalidate = now + ARGV[5], error = now + ARGV[6],
  load = tonumber(ARGV[7]), retry = 0, failures = 0, stamp = token, rest = '\nbegan ' .. began .. ARGV[8]}
local last = useful(m, has_data)
if last <= now then
  redis.call('UNLINK', key)
else
  if has_data then
    redis.call('HSET', key, 'data', data, 'status', 'ready', 'updated_at', clock[1], 'meta', write(m))
    redis.call('HDEL', key, 'lease')
  else
    redis.call('HSET', key, 'status', 'absent', 'updated_at', clock[1], 'meta', write(m))
    redis.call('HDEL', key, 'lease', 'data')
  end
  expire_at(last)
end
wake('filled')
track()
return {'stored'}
