-- Give comments back that a person has leased; what is not theirs stays as it is.
-- ARGV: P, site, person, ids …
local site, person = ARGV[2], ARGV[3]
for i = 4, #ARGV do
  local id = ARGV[i]
  local m = state(id, 's', 'lp', 'ver')
  if m[1] == site and m[2] == person then
    redis.call('HDEL', P .. 'm:' .. id, 'lp', 'lu', 'lf')
    tell(id, site, 'released', m[3], person)
  end
end
