-- Give comments that an earlier version held their places in the indexes that it did not have, and
-- count them.
-- ARGV: P, site, order (age or esc), cursor, count
-- Answer: the cursor to go on from; '0' when all were looked at
local site, order = ARGV[2], ARGV[3]
local found = redis.call('ZSCAN', P .. 'h:' .. order .. ':' .. site, ARGV[4], 'COUNT', ARGV[5])

-- As domain/decision.py: how far the score that decided is from its threshold.
local function gap_of(id, version)
  local event = version and redis.call('LINDEX', P .. 'e:' .. id, version - 1)
  local over
  for _, reason in ipairs(event and cjson.decode(event).reasons or {}) do
    if type(reason.score) == 'number' and type(reason.threshold) == 'number' then
      over = math.max(over or -1, reason.score - reason.threshold)
    end
  end
  return over and math.abs(over) or 1
end

for i = 1, #found[2], 2 do
  local id, received = found[2][i], tonumber(found[2][i + 1])
  if order == 'age' and not redis.call('ZSCORE', P .. 'h:thr:' .. site, id) then
    local m = state(id, 'dv', 'aut', 'art', 'par')
    local score = redis.call('ZSCORE', P .. 'h:scr:' .. site, id)
    local urgent = redis.call('ZSCORE', P .. 'h:pri:' .. site, id)
    hold(id, site, received,
      {score = -tonumber(score), weight = received - tonumber(urgent), gap = gap_of(id, m[1])})
    under_author(id, site, m[2], received, 'hold')
    under_article(id, site, m[3], m[4], received)
  end
  counted(id, site)
end
return found[1]
