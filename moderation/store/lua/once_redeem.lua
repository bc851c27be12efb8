-- Use a one-time code: it is gone, the password is set, all sessions end and a new one begins.
-- ARGV: P, person, digest of the code, password's hash, digest of the new session, its life (ms),
--   change, log entry's tail.
-- Answer: 1, also when the same is asked again; 0 for a code that is unknown, used or expired.
local id, session = ARGV[2], P .. 'ss:' .. ARGV[5]
local key = P .. 'pe:' .. id
if redis.call('HGET', session, 'p') == id then return 1 end
if redis.call('GET', P .. 'once:' .. id) ~= ARGV[3] then return 0 end
if redis.call('HGET', key, 'active') ~= '1' then return 0 end
redis.call('DEL', P .. 'once:' .. id)
redis.call('HSET', key, 'pw', ARGV[4], 'in', digits(now_ms()))
redis.call('HSET', session, 'p', id, 'ep', redis.call('HINCRBY', key, 'ep', 1))
redis.call('PEXPIRE', session, ARGV[6])
logged(ARGV[7], ARGV[8])
return 1
