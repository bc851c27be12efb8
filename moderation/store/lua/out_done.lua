-- What became of one attempt. Nothing happens if another attempt settled this version before.
-- ARGV: P, id, version, outcome (delivered | retry | dead), delay_ms, approved_ttl_ms, attempts
--   that had failed before this one
-- Answer: settled, retry, dead or late
local id, version, outcome, delay, ttl = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local versions = P .. 'o:' .. id
if redis.call('LINDEX', versions, 0) ~= version then return 'late' end
local now = now_ms()
if outcome == 'retry' then
  redis.call('HSET', P .. 'm:' .. id, 'oa', tonumber(ARGV[7]) + 1)
  redis.call('ZADD', P .. 'out', now + delay, id)
  return 'retry'
end
redis.call('LPOP', versions)
redis.call('HDEL', P .. 'm:' .. id, 'oa')
if outcome == 'dead' then redis.call('ZADD', P .. 'dead', now, id .. ':' .. version) end
if redis.call('LLEN', versions) > 0 then
  redis.call('ZADD', P .. 'out', now, id)
else
  redis.call('ZREM', P .. 'out', id)
  -- A text that a machine approved is kept for a time after the CMS has heard of it.
  local m = state(id, 'd', 'st', 'by')
  if m[2] == 'd' and m[1] == 'approve' and m[3] ~= 'person' then redis.call('ZADD', P .. 'exp', now + ttl, id) end
end
return outcome == 'dead' and 'dead' or 'settled'
