-- A person's decision on the version that they saw.
-- ARGV: P, id, site, expected, decision, retry_key, hold_back_ms, ttl_ms, score, weight, gap,
--   tail, batch ('1': one of many that were not read one by one)
-- Answer: {code, version}; code is recorded, already, stale, appealed (and this decides no appeal),
--   erased, missing; of a batch also
--   escalated, drawn, not_held and claimed (by somebody else, and the claim lasts)
local id, site, expected, decision, retry_key = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local hold_back, ttl, tail, batch = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[12], ARGV[13] == '1'
local now = now_ms()
local m = state(id, 's', 'st', 'ver', 'rev', 'rcv', 'cb', 'art', 'pk', 'lane', 'sid',
  'd', 'by', 'ty', 'why', 'aut', 'esc', 'lp', 'lu')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'erased', tonumber(m[3])} end
-- The same person saying the same of the same version is a retry whose answer was lost.
if m[8] == retry_key then return {'already', tonumber(m[3])} end
if m[3] ~= expected then return {'stale', tonumber(m[3])} end
if is_under_appeal(id, tail) then return {'appealed', tonumber(m[3])} end
-- Who decides on many touches nothing that somebody has in hand, or that needs its own reading.
if batch then
  local person = cjson.decode('{' .. tail).actor.id
  if m[16] then return {'escalated', tonumber(m[3])} end
  if m[13] == 's' then return {'drawn', tonumber(m[3])} end
  if m[2] ~= 'd' or m[11] ~= 'hold' then return {'not_held', tonumber(m[3])} end
  if m[17] and m[17] ~= person and tonumber(m[18]) > now then return {'claimed', tonumber(m[3])} end
end
unqueue(id, m[9], m[10])
unhold(id, site, m[7])
unclaim(id)
close_appeal(id, site)
redis.call('HDEL', P .. 'm:' .. id, 'lane', 'sid', 'ua')
local was = {d = m[11], by = m[12], ty = m[2] == 'd' and m[13] or nil, why = m[14]}
local outcome = tally_person(site, now, tonumber(m[5]), was, decision, tail)
if outcome then redis.call('HSET', P .. 'm:' .. id, 'ty', outcome) end
redis.call('HSET', P .. 'm:' .. id, 'st', 'd', 'd', decision, 'by', 'person', 'pk', retry_key)
under_author(id, site, m[15], m[5], decision)
if decision == 'hold' then
  hold(id, site, tonumber(m[5]), {score = ARGV[9], weight = ARGV[10], gap = ARGV[11]})
  redis.call('ZREM', P .. 'exp', id)
else
  redis.call('ZADD', P .. 'exp', now + ttl, id)
end
local version = event(id, site, 'decided', now, '"revision":' .. m[4] .. ',"received":' .. m[5] .. ',' .. tail)
publish(id, site, version, now, m[6], hold_back)
return {'recorded', version}
