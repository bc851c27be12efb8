-- Lease callbacks that are due: for each comment the oldest version not yet delivered.
-- ARGV: P, count, lease_ms
-- Answer: {id, version, attempts, state (flat), event JSON} each
local now, taken = now_ms(), {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'out', '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local version = redis.call('LINDEX', P .. 'o:' .. id, 0)
  local event = version and redis.call('LINDEX', P .. 'e:' .. id, version - 1)
  if event then
    redis.call('ZADD', P .. 'out', now + tonumber(ARGV[3]), id)
    redis.call('HSET', P .. 'm:' .. id, 'ot', version)  -- from here on it may have arrived
    local attempts = redis.call('HGET', P .. 'm:' .. id, 'oa') or '0'
    taken[#taken + 1] = {id, version, attempts, redis.call('HGETALL', P .. 'm:' .. id), event}
  else
    redis.call('ZREM', P .. 'out', id)
    redis.call('DEL', P .. 'o:' .. id)
  end
end
return taken
