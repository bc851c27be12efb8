-- Send a callback that was given up once more, from the start of its schedule.
-- ARGV: P, id, version, site. Answer: queued or missing
local id, version, site = ARGV[2], ARGV[3], ARGV[4]
if state(id, 's')[1] ~= site then return 'missing' end
if redis.call('ZREM', P .. 'dead', id .. ':' .. version) == 0 then
  -- Waiting already: this is the repetition of a call whose answer was lost.
  return redis.call('LPOS', P .. 'o:' .. id, version) and 'queued' or 'missing'
end
redis.call('RPUSH', P .. 'o:' .. id, version)
redis.call('ZADD', P .. 'out', 'NX', now_ms(), id)
return 'queued'
