-- Accept a batch of new comments: each wholly or not at all.
-- ARGV: P, max_depth, max_wait_s, floor_rate, idem_ttl_s, then 17 per item (see store/intake.py).
-- Answer, an item each: {code, version, retry_after_s, now_ms}; code is one of
--   new, same, erased, key_conflict, text_conflict, full, site_full
local max_depth, max_wait, floor_rate = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local idem_ttl = ARGV[5]
local WIDTH = 17
local now = now_ms()

local depth = 0
for _, lane in ipairs(LANES) do depth = depth + redis.call('XLEN', P .. 'q:' .. lane) end
local rate = math.max(tonumber(redis.call('HGET', P .. 'rate', 'r') or '0'), floor_rate)
local room = math.min(max_depth, max_wait * rate)

-- Seconds until this queue will have drained to nine tenths of what it may hold.
local function retry_after()
  return math.max(1, math.min(600, math.ceil((depth - 0.9 * room) / rate)))
end

local function one(at)
  local id, site, idem, body = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local fingerprint, payload, lane, share = ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], tonumber(ARGV[at + 7])
  local external, callback, article, author, sha, tail =
    ARGV[at + 8], ARGV[at + 9], ARGV[at + 10], ARGV[at + 11], ARGV[at + 12], ARGV[at + 13]
  local section, parent, trace = ARGV[at + 14], ARGV[at + 15], ARGV[at + 16]
  local idem_key = P .. 'i:' .. site .. ':' .. idem
  local seen = idem ~= '' and redis.call('GET', idem_key)
  if seen and seen ~= body then return {'key_conflict', 0, 0} end
  local m = state(id, 'st', 'fp', 'ver')
  if m[1] then
    if m[1] == 'e' then return {'erased', tonumber(m[3]), 0} end
    if m[2] ~= fingerprint and not seen then return {'text_conflict', 0, 0} end
    -- A duplicate writes too, so that a durability that waits for replicas has something to wait for.
    if idem ~= '' then redis.call('SET', idem_key, body, 'EX', idem_ttl)
    else redis.call('HSET', P .. 'm:' .. id, 'dup', digits(now)) end
    return {'same', tonumber(m[3]), 0}
  end
  if depth >= room then return {'full', 0, retry_after()} end
  if redis.call('ZCARD', P .. 'p:' .. site) >= share * room then return {'site_full', 0, retry_after()} end
  if idem ~= '' then redis.call('SET', idem_key, body, 'EX', idem_ttl) end
  redis.call('SET', P .. 'c:' .. id, payload)
  redis.call('HSET', P .. 'm:' .. id, 's', site, 'x', external, 'st', 'p', 'rev', 1, 'ver', 0,
    'rcv', digits(now), 'fp', fingerprint, 'cb', callback, 'art', article, 'aut', author, 'sha', sha,
    'sec', section, 'par', parent)
  if trace ~= '' then redis.call('HSET', P .. 'm:' .. id, 'tr', trace) end
  under_author(id, site, author, now, 'hold')
  under_article(id, site, article, parent, now)
  redis.call('ZADD', P .. 'p:' .. site, now, id)
  enqueue(id, 1, lane, 'new')
  local version = event(id, site, 'received', now, tail)
  depth = depth + 1
  return {'new', version, 0}
end

local answers = {}
for at = 6, #ARGV, WIDTH do
  local answer = one(at)
  answer[4] = now
  answers[#answers + 1] = answer
end
return answers
