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

-- The orders of the review queue, each ascending: oldest, highest score, severity against age,
-- closest to the threshold, and one article's or one author's comments together.
local ORDERS = {'age', 'scr', 'pri', 'thr', 'gar', 'gau'}
local LAST = 2 ^ 49  -- behind every group, and still exact as a score

-- How many are held of a site, escalated ones included, for each reason and label; `*`: at all, `?`:
-- those without a reason. What a comment is counted under stands in its state, so that it is counted
-- once however often it is held, and leaves just that.
local function count_held(site, names, by)
  local key = P .. 'hw:' .. site
  for name in string.gmatch('*,' .. names, '[^,]+') do
    if redis.call('HINCRBY', key, name, by) == 0 then redis.call('HDEL', key, name) end
  end
end

local function counted(id, site)
  local m = state(id, 'hw', 'why')
  if m[1] then return end
  local names = m[2] and m[2] ~= '' and m[2] or '?'
  redis.call('HSET', P .. 'm:' .. id, 'hw', names)
  count_held(site, names, 1)
end

local function uncounted(id, site)
  local names = state(id, 'hw')[1]
  if not names then return end
  redis.call('HDEL', P .. 'm:' .. id, 'hw')
  count_held(site, names, -1)
end

local function unhold(id, site, article)
  uncounted(id, site)
  for _, order in ipairs(ORDERS) do redis.call('ZREM', P .. 'h:' .. order .. ':' .. site, id) end
  redis.call('ZREM', P .. 'h:esc:' .. site, id)
  redis.call('ZREM', P .. 'h:smp:' .. site, id)
  if article and article ~= '' then redis.call('ZREM', P .. 'h:art:' .. site .. ':' .. article, id) end
  redis.call('ZREM', P .. 'uns', id)
end

-- Whoever had it in hand, and whoever asked for an admin, had the earlier state in mind.
local function unclaim(id) redis.call('HDEL', P .. 'm:' .. id, 'lp', 'lu', 'lf', 'esc') end

-- The first 48 bits of a hash: equal ones stand together, and those without one come last.
local function group(hash) return tonumber(string.sub(hash or '', 1, 12), 16) or LAST end

-- Enter the review queue. `weight` is how many milliseconds of waiting the severity is worth, `gap`
-- how far the score that decided is from its threshold (1: no score did). What the places are made
-- of stays in the state, for filters and for a comment that comes back.
local function hold(id, site, received, made)
  local m = state(id, 'art', 'aut')
  local places = {
    age = received, scr = -tonumber(made.score), pri = received - tonumber(made.weight),
    thr = tonumber(made.gap), gar = group(m[1]), gau = group(m[2]),
  }
  for order, place in pairs(places) do redis.call('ZADD', P .. 'h:' .. order .. ':' .. site, place, id) end
  if m[1] and m[1] ~= '' then redis.call('ZADD', P .. 'h:art:' .. site .. ':' .. m[1], received, id) end
  redis.call('HSET', P .. 'm:' .. id, 'sev', made.score, 'wt', made.weight, 'gap', made.gap)
  counted(id, site)
end

-- Enter the list of those that were escalated, the latest by the event of that version.
local function escalated(id, site, received, version)
  redis.call('ZADD', P .. 'h:esc:' .. site, received, id)
  redis.call('HSET', P .. 'm:' .. id, 'esc', version)
  counted(id, site)
end

local function put(key, received, id)
  if received then redis.call('ZADD', key, received, id) else redis.call('ZREM', key, id) end
end

-- The comments of an author whose records are kept: all, those that are open (pending or held), and
-- those that are rejected; what is in the first one only stands approved. They are sets, so that no
-- repetition counts twice. `stands`: hold, approve, reject, or nil when the record goes.
local function under_author(id, site, author, received, stands)
  if not author or author == '' then return end
  local name = site .. ':' .. author
  put(P .. 'au:' .. name, stands and received, id)
  put(P .. 'auo:' .. name, stands == 'hold' and received, id)
  put(P .. 'aur:' .. name, stands == 'reject' and received, id)
end

-- The comments on an article and the answers to a comment whose texts are kept. `received`: nil when
-- the text goes.
local function under_article(id, site, article, parent, received)
  if article and article ~= '' then put(P .. 'ar:' .. site .. ':' .. article, received, id) end
  if parent and parent ~= '' then put(P .. 'th:' .. site .. ':' .. parent, received, id) end
end

-- Tell those who follow the shard; a name or a note is never told here.
local function tell(id, site, kind, version, person)
  redis.call('XADD', P .. 'ev', 'MAXLEN', '~', TAIL_LENGTH, '*',
    'id', id, 'ver', version, 'site', site, 'type', kind, 'by', person or '')
end

-- One event: version and time are set here, the rest (`tail`, JSON without its opening brace) is
-- the caller's. Returns the new version.
local function event(id, site, kind, now, tail)
  local version = redis.call('HINCRBY', P .. 'm:' .. id, 'ver', 1)
  redis.call('RPUSH', P .. 'e:' .. id,
    '{"version":' .. version .. ',"at":' .. digits(now) .. ',' .. tail)
  if kind ~= 'received' then tell(id, site, kind, version) end
  return version
end

-- A decision is also an entry of the site's feed and, if it has somewhere to go, of the outbox.
local function publish(id, site, version, now, callback, hold_back_ms)
  redis.call('HSET', P .. 'm:' .. id, 'dv', version)
  redis.call('XADD', P .. 'feed:' .. site, '*', 'id', id, 'ver', version)
  redis.call('ZREM', P .. 'p:' .. site, id)
  if hold_back_ms > 0 then
    redis.call('HSET', P .. 'm:' .. id, 'hv', version, 'hu', digits(now + hold_back_ms))
  end
  if callback and callback ~= '' then
    redis.call('RPUSH', P .. 'o:' .. id, version)
    -- NX: one that waits for its receiver keeps its own time; the next version queues behind it.
    redis.call('ZADD', P .. 'out', 'NX', now + hold_back_ms, id)
  end
end

-- An entry of the installation's own log: who changed what about people, policies and keys. `tail`:
-- JSON without its opening brace.
local LOG_LENGTH = 100000
local function logged(change, tail)
  redis.call('XADD', P .. 'log', 'MAXLEN', '~', LOG_LENGTH, '*', 'change', change,
    'entry', '{"at":' .. digits(now_ms()) .. ',' .. tail)
end

-- What a call answered before, if it is one that is repeated since its answer was lost; its `change`
-- names it. It is kept for longer than anybody tries again.
local ANSWERS_MS = 600000
local function answered(change) return tonumber(redis.call('GET', P .. 'chg:' .. change) or nil) end

local function remember(change, what)
  redis.call('SET', P .. 'chg:' .. change, what, 'PX', ANSWERS_MS)
  return what
end
