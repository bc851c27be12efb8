-- What became of attempts. Nothing happens to a version that another attempt settled before.
-- ARGV: P, approved_ttl_ms, then per item: id, version, outcome (delivered | retry | dead), delay_ms,
--   attempts that had failed before this one
-- Answer, an item each: {code, left}; code is settled, retry, dead or late, left the versions behind
local ttl, now = tonumber(ARGV[2]), now_ms()
local WIDTH = 5

local function one(at)
  local id, version, outcome = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local versions = P .. 'o:' .. id
  if redis.call('LINDEX', versions, 0) ~= version then return {'late', 0} end
  if outcome == 'retry' then
    redis.call('HSET', P .. 'm:' .. id, 'oa', tonumber(ARGV[at + 4]) + 1)
    redis.call('ZADD', P .. 'out', now + tonumber(ARGV[at + 3]), id)
    return {'retry', 0}
  end
  redis.call('LPOP', versions)
  redis.call('HDEL', P .. 'm:' .. id, 'oa', 'ot')
  if outcome == 'dead' then redis.call('ZADD', P .. 'dead', now, id .. ':' .. version) end
  local left = redis.call('LLEN', versions)
  if left > 0 then
    local held_back = state(id, 'hv', 'hu')
    local is_next = redis.call('LINDEX', versions, 0) == held_back[1]
    redis.call('ZADD', P .. 'out', is_next and math.max(now, tonumber(held_back[2])) or now, id)
  else
    redis.call('ZREM', P .. 'out', id)
    -- A text that a machine approved is kept for a time after the CMS has heard of it.
    local m = state(id, 'd', 'st', 'by')
    if m[2] == 'd' and m[1] == 'approve' and m[3] ~= 'person' then
      redis.call('ZADD', P .. 'exp', now + ttl, id)
    end
  end
  return {outcome == 'dead' and 'dead' or 'settled', left}
end

local answers = {}
for at = 3, #ARGV, WIDTH do answers[#answers + 1] = one(at) end
return answers
