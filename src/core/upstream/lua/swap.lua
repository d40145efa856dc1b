-- SPDX-License-Identifier: Apache-2.0
-- swap EXPECTED KEEP HAS-DATA DATA FRESH-MS REVALIDATE-MS ERROR-MS STAMP BEGAN NOTES: a client's own
-- write. BEGAN: when the value was loaded; '0': it is the client's, of now. NOTES: as in fill.
-- EXPECTED: the stamp of the entry that the write was made from; '-' = there was none; '*' = any.
-- KEEP '1': the entry becomes what follows, as if loaded now. '0': it is gone.
-- -> swapped | changed DATA META (something else is there: make the write from that) | foreign
local expected = ARGV[1]
local found = redis.call('HMGET', key, 'data', 'meta')
local m = parse(found[2])
if expected ~= '*' and expected ~= (m.stamp == '' and '-' or m.stamp) then
  return {'changed', found[1], found[2]}
end
if ARGV[2] == '1' then
  m = {fresh = now + ARGV[5], revalidate = now + ARGV[6], error = now + ARGV[7], load = m.load,
    retry = 0, failures = 0, stamp = ARGV[8], rest = '\nbegan ' .. (ARGV[9] == '0' and whole(now) or ARGV[9]) .. ARGV[10]}
  if ARGV[3] == '1' then
    redis.call('HSET', key, 'data', ARGV[4], 'status', 'ready', 'updated_at', clock[1], 'meta', write(m))
    redis.call('HDEL', key, 'lease')
  else
    redis.call('HSET', key, 'status', 'absent', 'updated_at', clock[1], 'meta', write(m))
    redis.call('HDEL', key, 'lease', 'data')
  end
  expire_at(useful(m, ARGV[3] == '1'))
else
  redis.call('UNLINK', key)
end
wake('written')
track()
return {'swapped'}
