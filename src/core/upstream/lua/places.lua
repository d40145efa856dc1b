-- SPDX-License-Identifier: Apache-2.0
-- Begins enter and leave: a route's places in the fleet, one sorted set in three bands of scores.
--
--   q TOKEN   NUMBER               waits in line; the least number came first
--   d TOKEN   waits + DEADLINE     until when: beside each q
--   h TOKEN   holds + DEADLINE     holds a place, until then
--
-- Deadlines are milliseconds on this server's clock. Who has let theirs pass is gone. The key is
-- never left without a time to live; another type than a sorted set is left alone.
local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then return {'foreign'} end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local waits, holds = 1e14, 2e14

local function whole(n) return string.format('%.0f', n) end

-- -> how many were dropped
local function drop_expired()
  local dropped = redis.call('ZREMRANGEBYSCORE', key, whole(holds), whole(holds + now))
  local late = redis.call('ZRANGEBYSCORE', key, whole(waits), whole(waits + now), 'LIMIT', 0, 1000)
  for _, member in ipairs(late) do
    redis.call('ZREM', key, member, 'q' .. string.sub(member, 2))
  end
  return dropped + #late
end

local function free(limit) return limit - redis.call('ZCOUNT', key, whole(holds), '+inf') end

-- Tells those whose turn has come, each on a channel of its own.
local function tell(limit)
  local places = free(limit)
  if places <= 0 then return end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, 0, '(' .. whole(waits), 'LIMIT', 0, places)) do
    redis.pcall('PUBLISH', key .. ':' .. string.sub(member, 3), 'free')
  end
end

