-- Shared by every script (prepended by scripts.py). ARGV[1] is the shard's prefix.
local P = ARGV[1]
local TAIL_LENGTH = 10000
local LANES = {'hi', 'n', 'lo'}

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Numbers as plain digits: Lua would write 1.7e+12.
local function digits(n) return string.format('%.0f', n) end

local function state(id, ...) return redis.call('HMGET', P .. 'm:' .. id, ...) end

local function unqueue(id, lane, sid)
  if not lane or not sid or sid == '' then return end
  redis.call('XACK', P .. 'q:' .. lane, 'w', sid)
  redis.call('XDEL', P .. 'q:' .. lane, sid)
end

local function enqueue(id, rev, lane, kind)
  local sid = redis.call('XADD', P .. 'q:' .. lane, '*', 'id', id, 'rev', rev, 'kind', kind)
  redis.call('HSET', P .. 'm:' .. id, 'lane', lane, 'sid', sid)
  return sid
end

local function unhold(id, site, article)
  redis.call('ZREM', P .. 'h:age:' .. site, id)
  redis.call('ZREM', P .. 'h:scr:' .. site, id)
  redis.call('ZREM', P .. 'h:pri:' .. site, id)
  if article and article ~= '' then redis.call('ZREM', P .. 'h:art:' .. site .. ':' .. article, id) end
  redis.call('ZREM', P .. 'uns', id)
end

-- The three orders of the review queue, each ascending: oldest, highest score, and severity against
-- age first (`weight` is how many milliseconds of waiting the severity is worth).
local function hold(id, site, article, received, score, weight)
  redis.call('ZADD', P .. 'h:age:' .. site, received, id)
  redis.call('ZADD', P .. 'h:scr:' .. site, -tonumber(score), id)
  redis.call('ZADD', P .. 'h:pri:' .. site, received - tonumber(weight), id)
  if article and article ~= '' then
    redis.call('ZADD', P .. 'h:art:' .. site .. ':' .. article, received, id)
  end
end

-- One event: version and time are set here, the rest (`tail`, JSON without its opening brace) is
-- the caller's. Returns the new version.
local function event(id, site, kind, now, tail)
  local version = redis.call('HINCRBY', P .. 'm:' .. id, 'ver', 1)
  redis.call('RPUSH', P .. 'e:' .. id,
    '{"version":' .. version .. ',"at":' .. digits(now) .. ',' .. tail)
  if kind == 'decided' or kind == 'erased' then  -- nobody waits for anything else
    redis.call('XADD', P .. 'ev', 'MAXLEN', '~', TAIL_LENGTH, '*',
      'id', id, 'ver', version, 'site', site, 'type', kind)
  end
  return version
end

-- A decision is also an entry of the site's feed and, if it has somewhere to go, of the outbox.
local function publish(id, site, version, now, callback, hold_back_ms)
  redis.call('HSET', P .. 'm:' .. id, 'dv', version)
  redis.call('XADD', P .. 'feed:' .. site, '*', 'id', id, 'ver', version)
  redis.call('ZREM', P .. 'p:' .. site, id)
  if callback and callback ~= '' then
    redis.call('RPUSH', P .. 'o:' .. id, version)
    -- NX: one that waits for its receiver keeps its own time; the next version queues behind it.
    redis.call('ZADD', P .. 'out', 'NX', now + hold_back_ms, id)
  end
end
