-- Change a person. ARGV: P, id, '1' to end their sessions, change, log entry's tail, then field,
-- value … Answer: 0 for nobody.
-- A session names the epoch that it was made in, so that counting it up ends them all at once.
local key = P .. 'pe:' .. ARGV[2]
if redis.call('EXISTS', key) == 0 then return 0 end
if ARGV[3] == '1' then redis.call('HINCRBY', key, 'ep', 1) end
if ARGV[6] then redis.call('HSET', key, unpack(ARGV, 6)) end
logged(ARGV[4], ARGV[5])
return 1
