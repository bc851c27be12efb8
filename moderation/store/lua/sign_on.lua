-- Let somebody in whom the provider vouches for: make or change their account, begin a session.
-- ARGV: P, id, keyed hash of who the provider says it is, role, sites (JSON), digest of the session,
--   its life (ms), change, log entries' tails of a changed role and of changed sites, then names
--   that a new account may have: name, its key, the log entry's tail …
-- Answer: 1, also when asked again; 0 for an account that is disabled, or not of this person.
local before = answered(ARGV[8])
if before then return before end
local id, who, role, sites = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key, session = P .. 'pe:' .. id, P .. 'ss:' .. ARGV[6]
if redis.call('EXISTS', key) == 0 then
  for at = 11, #ARGV, 3 do
    local name = ARGV[at + 1]
    if redis.call('HSETNX', P .. 'people', name, id) == 1
      or redis.call('HGET', P .. 'people', name) == id then
      redis.call('HSET', key, 'at', digits(now_ms()), 'sso', who, 'name', ARGV[at], 'role', role,
        'sites', sites, 'active', '1')
      logged(ARGV[8], ARGV[at + 2])
      break
    end
  end
end
local found = redis.call('HMGET', key, 'sso', 'active', 'role', 'sites', 'ep')
if found[1] ~= who or found[2] ~= '1' then return 0 end
if found[3] ~= role then
  redis.call('HSET', key, 'role', role)
  logged(ARGV[8], ARGV[9])
end
if found[4] ~= sites then
  redis.call('HSET', key, 'sites', sites)
  logged(ARGV[8], ARGV[10])
end
if redis.call('EXISTS', session) == 0 then
  redis.call('HSET', session, 'p', id, 'ep', found[5] or '0')
  redis.call('PEXPIRE', session, ARGV[7])
  redis.call('HSET', key, 'in', digits(now_ms()))
end
return remember(ARGV[8], 1)
