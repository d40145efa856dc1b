-- SPDX-License-Identifier: Apache-2.0
-- outdate ROUTE HARD SINCE-MS OWNER: all entries of a route are out of date. KEYS[1]: a hash with one
-- field for each route, "GONE STALE AT OWNER…": what was loaded before GONE is not served any more,
-- what was loaded before STALE is not fresh any more. AT and OWNER… as in invalidate's marker: of
-- many processes that hear one message only the first changes anything, within ten seconds.
-- -> done GONE STALE | foreign
local route, since, owner = ARGV[1], tonumber(ARGV[3]), ARGV[4]
local gone, stale, at, owners =
  string.match(redis.call('HGET', key, route) or '', '^(%d+) (%d+) (%d+) (.*)$')
gone, stale, at = tonumber(gone or 0), tonumber(stale or 0), tonumber(at or 0)
local heard = string.find(' ' .. (owners or '') .. ' ', ' ' .. owner .. ' ', 1, true)
if not heard and at > since and now - at < 10000 then
  owners = owners .. ' ' .. owner
else
  if ARGV[2] == '1' then gone = now end
  stale, at, owners = now, now, owner
end
redis.call('HSET', key, route, table.concat({whole(gone), whole(stale), whole(at), owners}, ' '))
expire_at(now + longest)
return {'done', whole(gone), whole(stale)}
