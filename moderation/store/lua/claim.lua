-- Lease held comments to a person, so that nobody else is shown them: those that are free or theirs.
-- ARGV: P, site, person, lease_ms, renewal ('1': only what is theirs already), ids …
-- Answer: until when (ms) each is theirs, 0 for one that is not
local site, person, lease, renewal = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
local now, answers = now_ms(), {}

local function one(id)
  local m = state(id, 's', 'd', 'lp', 'lu', 'ver', 'ty')
  -- An approval that was drawn is read as if it were held.
  if m[1] ~= site or (m[2] ~= 'hold' and m[6] ~= 's') then return 0 end
  local mine, lasts = m[3] == person, m[3] and tonumber(m[4]) > now
  if (renewal and not mine) or (lasts and not mine) then return 0 end
  redis.call('HSET', P .. 'm:' .. id, 'lp', person, 'lu', digits(now + lease))
  if not (mine and lasts) then
    redis.call('HSET', P .. 'm:' .. id, 'lf', digits(now))
    tell(id, site, 'claimed', m[5], person)
  end
  return now + lease
end

for i = 6, #ARGV do answers[#answers + 1] = one(ARGV[i]) end
return answers
