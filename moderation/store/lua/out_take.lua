-- Lease callbacks that are due: for each comment the oldest version not yet delivered. Those that their
-- origin has no room for are passed by, so that they keep nobody else's waiting.
-- ARGV: P, count, lease_ms, most on their way to one origin, passed by before (the next ones are
--   looked at), then in pairs an origin and how many are on their way to it
-- Answer: {callbacks, passed, held_up}: {id, version, attempts, state (flat), event JSON, origin} each;
--   how many were passed by so far, 0 when all that is due was looked at; whether any were (1|0)
local now, taken = now_ms(), {}
local count, lease, most, before = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local LOOK = 1000  -- at most so many in one call
local busy = {}
for i = 6, #ARGV, 2 do busy[ARGV[i]] = tonumber(ARGV[i + 1]) end

local function origin_of(id)
  return string.lower(string.match(state(id, 'cb')[1] or '', '^[^/]*//[^/?#]*') or '')
end

local function take(id, origin)
  local version = redis.call('LINDEX', P .. 'o:' .. id, 0)
  local event = version and redis.call('LINDEX', P .. 'e:' .. id, version - 1)
  if not event then
    redis.call('ZREM', P .. 'out', id)
    redis.call('DEL', P .. 'o:' .. id)
    return
  end
  redis.call('ZADD', P .. 'out', now + lease, id)
  redis.call('HSET', P .. 'm:' .. id, 'ot', version)  -- from here on it may have arrived
  local attempts = redis.call('HGET', P .. 'm:' .. id, 'oa') or '0'
  taken[#taken + 1] = {id, version, attempts, redis.call('HGETALL', P .. 'm:' .. id), event, origin}
  busy[origin] = (busy[origin] or 0) + 1
end

local due = redis.call('ZRANGEBYSCORE', P .. 'out', '-inf', now, 'LIMIT', before, LOOK)
local passed, is_end = before, #due < LOOK
for _, id in ipairs(due) do
  if #taken >= count then
    is_end = false
    break
  end
  local origin = origin_of(id)
  if (busy[origin] or 0) >= most then passed = passed + 1 else take(id, origin) end
end
return {taken, is_end and 0 or passed, passed > 0 and 1 or 0}
