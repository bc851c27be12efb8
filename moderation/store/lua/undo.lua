-- Take back what a person did last: the comment stands again as it did before that. A callback that
-- was not sent yet is dropped, and then nobody has to be told; else a new one tells how it stands.
-- ARGV: P, id, site, expected, retry_key, undone version, decision (empty: it was an escalation),
--   escalated (the version of the escalation that stands again, or empty), within ('1': only while
--   the callback is held back), ttl_ms, score, weight, gap (for a comment whose state lacks them), tail
-- An appeal that it decided is open again, where the tail says so.
-- Answer: {code, version, within}; code is recorded, already, stale, too_late, appealed, erased, missing
local id, site, expected, retry_key, undone = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local decision, escalation, ttl, tail = ARGV[7], ARGV[8], tonumber(ARGV[10]), ARGV[14]
local now = now_ms()
local m = state(id, 's', 'st', 'ver', 'rev', 'rcv', 'cb', 'art', 'pk', 'hv', 'hu', 'sev', 'wt', 'gap',
  'd', 'by', 'ty', 'why', 'aut')
if m[1] ~= site then return {'missing', 0, 0} end
if m[2] == 'e' then return {'erased', tonumber(m[3]), 0} end
if m[8] == retry_key then return {'already', tonumber(m[3]), 0} end
if m[3] ~= expected then return {'stale', tonumber(m[3]), 0} end
if is_under_appeal(id, tail) then return {'appealed', tonumber(m[3]), 0} end
local within = m[9] == undone and tonumber(m[10]) > now and 1 or 0
if ARGV[9] == '1' and within == 0 then return {'too_late', tonumber(m[3]), 0} end

-- Drop the callback of the version that is undone, unless an attempt at it was made.
local function dropped()
  local versions = P .. 'o:' .. id
  local is_next = redis.call('LINDEX', versions, 0) == undone
  if is_next and state(id, 'ot')[1] == undone then return false end
  if redis.call('LREM', versions, 1, undone) == 0 then return false end
  if is_next and redis.call('EXISTS', versions) == 1 then redis.call('ZADD', P .. 'out', now, id)
  elseif is_next then redis.call('ZREM', P .. 'out', id) end
  return true
end

unhold(id, site, m[7])
unclaim(id)
redis.call('HSET', P .. 'm:' .. id, 'pk', retry_key)
if escalation ~= '' then
  escalated(id, site, m[5], escalation)
elseif decision == 'hold' or decision == '' then
  hold(id, site, tonumber(m[5]),
    {score = m[11] or ARGV[11], weight = m[12] or ARGV[12], gap = m[13] or ARGV[13]})
end
if decision == '' then return {'recorded', event(id, site, 'undone', now, tail), within} end
local was = {d = m[14], by = m[15], ty = m[16], why = m[17]}
local outcome = tally_person(site, now, tonumber(m[5]), was, decision, tail)
if outcome then redis.call('HSET', P .. 'm:' .. id, 'ty', outcome) end
-- It was drawn to be read, and waits for that again, unless its text has gone.
if outcome == 's' and redis.call('EXISTS', P .. 'c:' .. id) == 1 then
  redis.call('ZADD', P .. 'h:smp:' .. site, m[5], id)
end
redis.call('HSET', P .. 'm:' .. id, 'd', decision, 'by', 'person')
under_author(id, site, m[18], m[5], decision)
if decision == 'hold' then redis.call('ZREM', P .. 'exp', id)
else redis.call('ZADD', P .. 'exp', now + ttl, id) end
local appeal = told_of_appeal(tail)
if appeal and appeal.status == 'open' then open_appeal(id, site, appeal.version, appeal.at) end
local version = event(id, site, 'decided', now, '"revision":' .. m[4] .. ',"received":' .. m[5] .. ',' .. tail)
publish(id, site, version, now, dropped() and '' or m[6], 0)
return {'recorded', version, within}
