-- SPDX-License-Identifier: Apache-2.0
-- acquire TOKEN LEASE-MS OWNER FLOOR-MS EARLY-MS: the right to load the key, after a second look at
-- the entry, which is not fresh if its load began before FLOOR-MS. One that is fresh until exactly
-- EARLY-MS is to be loaded all the same: a refresh before its end.
-- -> granted DATA META | held LEFT-MS DATA META | fresh DATA META | backoff DATA META | foreign
local token, lease, owner = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local found = redis.call('HMGET', key, 'data', 'meta')
local m = parse(found[2])
if m.fresh > now and m.fresh ~= tonumber(ARGV[5]) and began(m) > tonumber(ARGV[4]) then return {'fresh', found[1], found[2]} end
if m.retry > now then return {'backoff', found[1], found[2]} end
local other, deadline = holder()
if other and other ~= token and deadline > now then
  return {'held', deadline - now, found[1], found[2]}
end
redis.call('HSET', key, 'lease', token .. ' ' .. whole(now + lease) .. ' ' .. owner .. ' ' .. whole(now),
  'status', 'refreshing')
if redis.call('PTTL', key) < lease + 1000 then expire_at(now + lease + 1000) end
track()
return {'granted', found[1], found[2]}
