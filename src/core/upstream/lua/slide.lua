-- SPDX-License-Identifier: Apache-2.0
-- slide WINDOW-MS EXTEND-MS MAX-AGE-MS: a read within WINDOW-MS of the entry's end moves the end to
-- EXTEND-MS from now, but not beyond MAX-AGE-MS after its load began; the stale windows move along.
-- -> slid | kept | foreign
if kind == 'none' then return {'kept'} end
local found = redis.call('HMGET', key, 'data', 'meta')
local m = parse(found[2])
if not found[1] or m.fresh <= now or m.fresh - now > tonumber(ARGV[1]) then return {'kept'} end
local more = math.min(now + ARGV[2], began(m) + ARGV[3]) - m.fresh
if more <= 0 then return {'kept'} end
m.fresh, m.revalidate, m.error = m.fresh + more, m.revalidate + more, m.error + more
redis.call('HSET', key, 'meta', write(m))
local last = useful(m, found[1])
if redis.call('PTTL', key) < last - now then expire_at(last) end
track()
return {'slid'}
