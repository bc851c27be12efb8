-- Change a person. ARGV: P, id, '1' to end their sessions, the ways in that are open ('p' by a
-- password, 's' by single sign-on), change, log entry's tail, then field, value …
-- Answer: 1; 0 for nobody; -1 where nobody would be left who may manage people and can sign in.
-- A session names the epoch that it was made in, so that counting it up ends them all at once.
local before = answered(ARGV[5])
if before then return before end
local key, manages = P .. 'pe:' .. ARGV[2], {role = 'admin', sites = 'null', active = '1'}
if redis.call('EXISTS', key) == 0 then return 0 end

local function may_manage(id)
  local found = redis.call('HMGET', P .. 'pe:' .. id, 'role', 'sites', 'active', 'pw', 'sso')
  return found[1] == manages.role and found[2] == manages.sites and found[3] == manages.active,
    found[4] and string.find(ARGV[4], 'p') or found[5] and string.find(ARGV[4], 's')
end

local function somebody_else()
  for _, id in ipairs(redis.call('HVALS', P .. 'people')) do
    local may, can_sign_in = may_manage(id)
    if id ~= ARGV[2] and may and can_sign_in then return true end
  end
  return false
end

for at = 7, #ARGV, 2 do
  local needed = manages[ARGV[at]]
  if needed and needed ~= ARGV[at + 1] and may_manage(ARGV[2]) and not somebody_else() then
    return -1
  end
end
if ARGV[3] == '1' then redis.call('HINCRBY', key, 'ep', 1) end
if ARGV[7] then redis.call('HSET', key, unpack(ARGV, 7)) end
logged(ARGV[5], ARGV[6])
return remember(ARGV[5], 1)
