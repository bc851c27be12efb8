-- Forget a comment and leave a tombstone, so that a late retry cannot bring it back.
-- The audit trail keeps that something was decided, by what and when; ARGV's events are redacted.
-- ARGV: P, id, site, expected version, record_ttl_ms, tail, redacted events …
-- Answer: {code, version}; code is erased, already, changed, missing
local id, site, now = ARGV[2], ARGV[3], now_ms()
local m = state(id, 's', 'st', 'ver', 'art', 'lane', 'sid', 'rev', 'rcv', 'aut', 'par')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'already', tonumber(m[3])} end
if m[3] ~= ARGV[4] then return {'changed', tonumber(m[3])} end
unqueue(id, m[5], m[6])
unhold(id, site, m[4])
forget_appeal(id, site)
under_author(id, site, m[9])
under_article(id, site, m[4], m[10])
redis.call('ZREM', P .. 'p:' .. site, id)
redis.call('ZREM', P .. 'out', id)
redis.call('ZREM', P .. 'sh', id)
for version = 1, tonumber(m[3]) do redis.call('ZREM', P .. 'dead', id .. ':' .. version) end
redis.call('DEL', P .. 'sh:' .. id, P .. 'c:' .. id, P .. 'o:' .. id, P .. 'e:' .. id, P .. 'm:' .. id)
for i = 7, #ARGV do redis.call('RPUSH', P .. 'e:' .. id, ARGV[i]) end
redis.call('HSET', P .. 'm:' .. id, 's', site, 'st', 'e', 'rev', m[7], 'ver', m[3], 'rcv', m[8])
redis.call('ZADD', P .. 'exp', now + tonumber(ARGV[5]), id)
return {'erased', event(id, site, 'erased', now, ARGV[6])}
