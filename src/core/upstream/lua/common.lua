-- SPDX-License-Identifier: Apache-2.0
-- Begins every script: the entry's parts, and the rules that all transitions keep.
--
--   meta   "1 FRESH REVALIDATE ERROR LOAD RETRY FAILURES STAMP", then lines "NAME VALUE".
--          Times are milliseconds since 1970 on this server's clock; 0 = never.
--          began MS   when the load that the entry is from was given its lease
--   lease  "TOKEN DEADLINE OWNER BEGAN"
--
-- The key is never left without a time to live; another type than a hash is left alone. Every
-- transition ends with a read, so that the client that caused it goes on tracking the key.
local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind ~= 'hash' and kind ~= 'none' then return {'foreign'} end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local longest = 10 * 365 * 86400 * 1000

local function whole(n) return string.format('%.0f', n) end

local function parse(text)
  local m = {fresh = 0, revalidate = 0, error = 0, load = 0, retry = 0, failures = 0, stamp = '', rest = ''}
  if not text then return m end
  local f, r, e, l, t, n, s, rest =
    string.match(text, '^1 (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%w+)(.*)$')
  if not f then return m end
  m.fresh, m.revalidate, m.error, m.load = tonumber(f), tonumber(r), tonumber(e), tonumber(l)
  m.retry, m.failures, m.stamp, m.rest = tonumber(t), tonumber(n), s, rest
  return m
end

local function write(m)
  return table.concat({'1', whole(m.fresh), whole(m.revalidate), whole(m.error), whole(m.load),
    whole(m.retry), whole(m.failures), m.stamp}, ' ') .. m.rest
end

-- Until when the entry is of use. A failure is remembered for a minute beyond its retry time.
local function useful(m, has_data)
  local last = m.fresh
  if has_data then last = math.max(last, m.revalidate, m.error) end
  if m.failures > 0 then last = math.max(last, m.retry + 60000) end
  return last
end

local function expire_at(t)
  redis.call('PEXPIRE', key, whole(math.max(1, math.min(t - now, longest))))
end

local function holder()
  local text = redis.call('HGET', key, 'lease')
  if not text then return nil, 0 end
  local token, deadline, began = string.match(text, '^(%w+) (%d+) .* (%d+)$')
  return token, tonumber(deadline or 0), began
end

-- Tells those who wait for the lease. Not allowed to publish: they look from time to time.
local function wake(why) redis.pcall('PUBLISH', key, why) end

local function began(m) return tonumber(string.match(m.rest, '\nbegan (%d+)') or 0) end

local function track() redis.call('EXISTS', key) end
