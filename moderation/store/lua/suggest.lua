-- Count what somebody elsewhere said of a text, by its scores; the same said again is nothing new.
-- Nothing of the text is kept but a keyed hash, for as long as a repetition is known.
-- ARGV: P, site, hash of what was said, how long it is known (ms), the community or '', then label,
-- score and a or r of each. Answer: 1, or 0 for a repetition.
local MOST_COMMUNITIES = 100

-- The short name of a community that is told apart; a caller names as many as it likes, so only the
-- first ones of a site in a shard are, and the others count in the whole alone.
local function short_of(community)
  if community == '' then return nil end
  local key, short = P .. 'sc:' .. ARGV[2], string.sub(redis.sha1hex(community), 1, 12)
  if redis.call('HEXISTS', key, short) == 0 and redis.call('HLEN', key) >= MOST_COMMUNITIES then
    return nil
  end
  redis.call('HSET', key, short, community)
  redis.call('PEXPIRE', key, digits(DAY_MS + KEEP_MS))
  return short
end

if not redis.call('SET', P .. 'sg:' .. ARGV[3], '1', 'NX', 'PX', ARGV[4]) then return 0 end
local short, day = short_of(ARGV[5]), day_of(now_ms())
for at = 6, #ARGV, 3 do
  local label, field = ':!' .. ARGV[at], bin(tonumber(ARGV[at + 1])) .. 'h' .. ARGV[at + 2]
  count(ARGV[2], day, label, field, 1)
  if short then count(ARGV[2], day, label .. '!' .. short, field, 1) end
end
return 1
