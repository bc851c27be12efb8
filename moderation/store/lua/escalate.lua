-- Hand a held comment to those who see what is escalated: it leaves the queue for a list of its own.
-- ARGV: P, id, site, expected, retry_key, tail
-- Answer: {code, version}; code is recorded, already, stale, not_held, erased, missing
local id, site, expected, retry_key = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local m = state(id, 's', 'st', 'd', 'ver', 'rcv', 'art', 'pk', 'lane', 'sid')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'erased', tonumber(m[4])} end
if m[7] == retry_key then return {'already', tonumber(m[4])} end
if m[4] ~= expected then return {'stale', tonumber(m[4])} end
if m[3] ~= 'hold' then return {'not_held', tonumber(m[4])} end
unqueue(id, m[8], m[9])
unhold(id, site, m[6])
unclaim(id)
redis.call('HDEL', P .. 'm:' .. id, 'lane', 'sid', 'ua')
local version = event(id, site, 'escalated', now_ms(), ARGV[6])
redis.call('HSET', P .. 'm:' .. id, 'pk', retry_key)
escalated(id, site, m[5], version)
return {'recorded', version}
