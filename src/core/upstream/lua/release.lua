-- SPDX-License-Identifier: Apache-2.0
-- release TOKEN: drops the lease, if it is still the token's; nothing else changes.
-- -> released | lost | foreign
if holder() ~= ARGV[1] then return {'lost'} end
local found = redis.call('HMGET', key, 'data', 'meta')
local last = useful(parse(found[2]), found[1])
if last <= now then
  redis.call('UNLINK', key)
else
  redis.call('HSET', key, 'status', found[1] and 'ready' or 'absent')
  redis.call('HDEL', key, 'lease')
  expire_at(last)
end
wake('released')
track()
return {'released'}
