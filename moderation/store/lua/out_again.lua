-- Send a callback that was given up once more, from the start of its schedule.
-- ARGV: P, id, version, site. Answer: queued or missing
local id, version, site = ARGV[2], ARGV[3], ARGV[4]
local m = state(id, 's', 'st')
if m[1] ~= site then return 'missing' end
if redis.call('ZREM', P .. 'dead', id .. ':' .. version) == 0 then return 'missing' end
if m[2] == 'e' then return 'missing' end
redis.call('RPUSH', P .. 'o:' .. id, version)
redis.call('ZADD', P .. 'out', 'NX', now_ms(), id)
return 'queued'
