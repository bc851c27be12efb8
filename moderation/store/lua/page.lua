-- One page of an index of comments, after a position (score, id), with filters; ascending. The scan
-- is bounded: a rare match in a long index comes with the position to go on from.
-- ARGV: P, index key, after_score, after_id, count, scan, then in threes a field of the state, a test
--   and what is wanted: `=`, `>=`, `<`, `has` (one entry of a comma-separated list), `in` (one of
--   several, by commas), and of the field lp `free` (nobody else has a claim that lasts) or `held`
--   (that person has one)
-- Answer: {matches {id, score, …}, last_score, last_id, done (1|0)}
local index, after_score, after_id = ARGV[2], ARGV[3], ARGV[4]
local count, scan, now = tonumber(ARGV[5]), tonumber(ARGV[6]), now_ms()

-- Whether `a` is `b` or stands before it among equal scores. By bytes, as the index itself orders;
-- Lua's own comparison follows the server's locale.
local function up_to(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a <= #b
end

-- The rank of the first member behind (after_score, after_id), whether that one still stands or not.
local function start()
  if after_score == '' then return 0 end
  local low = redis.call('ZCOUNT', index, '-inf', '(' .. after_score)
  local high = redis.call('ZCOUNT', index, '-inf', after_score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if up_to(redis.call('ZRANGE', index, middle, middle)[1], after_id) then low = middle + 1
    else high = middle end
  end
  return low
end

local TESTS = {
  ['='] = function(value, wanted) return value == wanted end,
  ['>='] = function(value, wanted) return value ~= '' and tonumber(value) >= tonumber(wanted) end,
  ['<'] = function(value, wanted) return value ~= '' and tonumber(value) < tonumber(wanted) end,
  has = function(value, wanted)
    return string.find(',' .. value .. ',', ',' .. wanted .. ',', 1, true) ~= nil
  end,
  ['in'] = function(value, wanted)
    return value ~= '' and string.find(',' .. wanted .. ',', ',' .. value .. ',', 1, true) ~= nil
  end,
  free = function(value, wanted, lasts) return value == '' or value == wanted or not lasts end,
  held = function(value, wanted, lasts) return value == wanted and lasts end,
}

-- One look at a comment's state, however much is asked of it; the first field is until when it is
-- claimed.
local fields = {'lu'}
for i = 7, #ARGV, 3 do fields[#fields + 1] = ARGV[i] end

local function matches(id)
  if #fields == 1 then return true end
  local values = redis.call('HMGET', P .. 'm:' .. id, unpack(fields))
  local lasts = tonumber(values[1] or '0') > now
  for i = 2, #fields do
    local at = 7 + 3 * (i - 2)
    if not TESTS[ARGV[at + 1]](values[i] or '', ARGV[at + 2], lasts) then return false end
  end
  return true
end

local found, rank, last_score, last_id = {}, start(), after_score, after_id
local stop = rank + scan
while rank < stop do
  local chunk = redis.call('ZRANGE', index, rank, math.min(rank + 99, stop - 1), 'WITHSCORES')
  if #chunk == 0 then return {found, last_score, last_id, 1} end
  for i = 1, #chunk, 2 do
    last_id, last_score = chunk[i], chunk[i + 1]
    if matches(last_id) then
      found[#found + 1] = last_id
      found[#found + 1] = last_score
      if #found >= 2 * count then return {found, last_score, last_id, 0} end
    end
  end
  rank = rank + #chunk / 2
end
return {found, last_score, last_id, 0}
