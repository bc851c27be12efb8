-- Record a batch of machine decisions: state, audit, feed, review queue or outbox, and the
-- acknowledgement, together. The first decision on a revision wins; a later one changes nothing.
-- ARGV: P, hold_back_ms, approved_ttl_ms, again_ms (a list: waits before a comment without a score
-- is scored again, the last one repeats), then 14 per item (see store/decisions.py).
-- Answer, an item each: {code, version, now_ms}; code is recorded, late, postponed
local hold_back, approved_ttl = tonumber(ARGV[2]), tonumber(ARGV[3])
local WIDTH = 14
local again = {}
for ms in string.gmatch(ARGV[4], '%d+') do again[#again + 1] = tonumber(ms) end
local now = now_ms()

local function one(at)
  local lane, sid, id, rev, kind = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local decision, by, score, weight = ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
  local gap, patient, why, language = ARGV[at + 9], ARGV[at + 10] == '1', ARGV[at + 11], ARGV[at + 12]
  local tail = ARGV[at + 13]
  local m = state(id, 's', 'st', 'rev', 'd', 'by', 'rcv', 'cb', 'art', 'ua', 'esc', 'ty', 'why', 'aut')
  unqueue(id, lane, sid)
  local mine = m[3] == rev
  if kind == 'again' then mine = mine and m[2] == 'd' and m[4] == 'hold' and m[5] == 'fallback' and not m[10]
  else mine = mine and m[2] == 'p' end
  if not mine then return {'late', 0, now} end
  local site, received, article = m[1], tonumber(m[6]), m[8]
  local tries = tonumber(m[9] or '0')
  -- What made its scorers fail is not tried for ever; what only found none is.
  if by == 'fallback' and #again > 0 and (patient or tries < #again) then
    redis.call('ZADD', P .. 'uns', now + again[math.min(tries + 1, #again)], id)
    redis.call('HSET', P .. 'm:' .. id, 'ua', tries + 1)
  end
  redis.call('HDEL', P .. 'm:' .. id, 'lane', 'sid')
  -- Still no score: the comment stays held as it is, and nothing new is announced.
  if kind == 'again' and by == 'fallback' then return {'postponed', 0, now} end
  redis.call('HSET', P .. 'm:' .. id, 'st', 'd', 'd', decision, 'by', by, 'why', why, 'lg', language)
  if kind == 'again' then unhold(id, site, article) end
  under_author(id, site, m[13], received, decision)
  if decision == 'hold' then
    hold(id, site, received, {score = score, weight = weight, gap = gap})
  else
    unclaim(id)
    redis.call('ZADD', P .. 'exp', now + approved_ttl, id)
  end
  local was = {ty = m[11], why = m[12]}
  tally_machine(id, rev, site, received, decision, why, tail, kind == 'again', was)
  local version = event(id, site, 'decided', now, '"revision":' .. rev .. ',"received":' .. digits(received) .. ',' .. tail)
  publish(id, site, version, now, m[7], hold_back)
  return {'recorded', version, now}
end

local answers, recorded = {}, 0
for at = 5, #ARGV, WIDTH do
  local answer = one(at)
  if answer[1] == 'recorded' then recorded = recorded + 1 end
  answers[#answers + 1] = answer
end

-- The drain rate: decisions a second over ten-second buckets; it falls slowly when there is little to do.
local bucket = math.floor(now / 10000)
local r = redis.call('HMGET', P .. 'rate', 'b', 'n', 'r')
if tonumber(r[1] or '0') ~= bucket then
  local rate = math.max(tonumber(r[2] or '0') / 10, 0.95 * tonumber(r[3] or '0'))
  redis.call('HSET', P .. 'rate', 'b', bucket, 'n', 0, 'r', string.format('%.3f', rate))
end
redis.call('HINCRBY', P .. 'rate', 'n', recorded)
return answers
