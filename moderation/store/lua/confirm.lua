-- A person has read an approval that was drawn, and leaves it as it is: nobody is told anything new.
-- ARGV: P, id, site, expected, retry_key, tail
-- Answer: {code, version}; code is recorded, already, stale, erased, missing
local id, site, expected, retry_key, tail = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local now = now_ms()
local m = state(id, 's', 'st', 'ver', 'rcv', 'pk', 'd', 'by', 'ty', 'why')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'erased', tonumber(m[3])} end
if m[5] == retry_key then return {'already', tonumber(m[3])} end
if m[3] ~= expected or m[8] ~= 's' then return {'stale', tonumber(m[3])} end
local was = {d = m[6], by = m[7], ty = m[8], why = m[9]}
local outcome = tally_person(site, now, tonumber(m[4]), was, 'approve', tail)
unclaim(id)
redis.call('ZREM', P .. 'h:smp:' .. site, id)
redis.call('HSET', P .. 'm:' .. id, 'ty', outcome, 'pk', retry_key)
return {'recorded', event(id, site, 'confirmed', now, tail)}
