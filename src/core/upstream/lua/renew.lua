-- SPDX-License-Identifier: Apache-2.0
-- renew TOKEN LEASE-MS: moves the lease's deadline while the load runs.
-- -> renewed | lost | foreign
local token, lease = ARGV[1], tonumber(ARGV[2])
local text = redis.call('HGET', key, 'lease')
local other, _, owner = string.match(text or '', '^(%w+) (%d+) (.*)$')
if other ~= token then return {'lost'} end
redis.call('HSET', key, 'lease', token .. ' ' .. whole(now + lease) .. ' ' .. owner)
if redis.call('PTTL', key) < lease + 1000 then expire_at(now + lease + 1000) end
track()
return {'renewed'}
