-- Begin a session of whoever signed in, if nothing changed since their password was checked.
-- ARGV: P, person, the epoch of that check, digest of the session, its life (ms).
-- Answer: 1, also when asked again; 0 when the person was disabled or their sessions ended meanwhile.
local id, session = ARGV[2], P .. 'ss:' .. ARGV[4]
local found = redis.call('HMGET', P .. 'pe:' .. id, 'active', 'ep')
if found[1] ~= '1' or (found[2] or '0') ~= ARGV[3] then return 0 end
if redis.call('EXISTS', session) == 0 then
  redis.call('HSET', session, 'p', id, 'ep', ARGV[3])
  redis.call('PEXPIRE', session, ARGV[5])
  redis.call('HSET', P .. 'pe:' .. id, 'in', digits(now_ms()))
end
return 1
