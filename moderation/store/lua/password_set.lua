-- Replace a person's password by their own will: all sessions and links end, a new session begins.
-- ARGV: P, id, hash of the password that was given, hash of the new one, digest of the new session,
--   its life (ms), change, log entry's tail.
-- Answer: 1, also when asked again; 0 when the account was changed since the password was checked.
local id, session = ARGV[2], P .. 'ss:' .. ARGV[5]
local key = P .. 'pe:' .. id
if redis.call('HGET', session, 'p') == id then return 1 end
local found = redis.call('HMGET', key, 'pw', 'active')
if found[1] ~= ARGV[3] or found[2] ~= '1' then return 0 end
redis.call('DEL', P .. 'once:' .. id)
redis.call('HSET', key, 'pw', ARGV[4])
redis.call('HSET', session, 'p', id, 'ep', redis.call('HINCRBY', key, 'ep', 1))
redis.call('PEXPIRE', session, ARGV[6])
logged(ARGV[7], ARGV[8])
return 1
