-- A person has read an approval that was drawn, and leaves it as it is; or takes that back, and it
-- waits again. Nobody is told anything new.
-- ARGV: P, id, site, expected, retry_key, back ('1': take it back), tail
-- Answer: {code, version}; code is recorded, already, stale, erased, missing
local id, site, expected, retry_key, back, tail = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1', ARGV[7]
local now = now_ms()
local m = state(id, 's', 'st', 'ver', 'rcv', 'pk', 'd', 'by', 'ty', 'why')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'erased', tonumber(m[3])} end
if m[5] == retry_key then return {'already', tonumber(m[3])} end
if m[3] ~= expected or m[8] ~= (back and 'sa' or 's') then return {'stale', tonumber(m[3])} end
local was = {d = m[6], by = m[7], ty = m[8], why = m[9]}
local outcome = tally_person(site, now, tonumber(m[4]), was, 'approve', tail)
unclaim(id)
if back then redis.call('ZADD', P .. 'h:smp:' .. site, m[4], id)
else redis.call('ZREM', P .. 'h:smp:' .. site, id) end
redis.call('HSET', P .. 'm:' .. id, 'ty', outcome, 'pk', retry_key)
return {'recorded', event(id, site, back and 'undone' or 'confirmed', now, tail)}
