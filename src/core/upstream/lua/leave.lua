-- SPDX-License-Identifier: Apache-2.0
-- leave TOKEN LIMIT: gives a place back, or leaves the line, and tells whose turn it is now.
-- -> left | foreign
drop_expired()
redis.call('ZREM', key, 'h ' .. ARGV[1], 'q ' .. ARGV[1], 'd ' .. ARGV[1])
tell(tonumber(ARGV[2]))
return {'left'}
