-- Keep a policy's draft, unless somebody kept another one meanwhile.
-- ARGV: P, policy's name, the draft that the writer saw ('' for none), id, person's id, their name,
--   the version that it began from, TOML
-- Answer: 'saved', 'stale', or 'missing' for a policy or version that is not there
if redis.call('HEXISTS', P .. 'pol:' .. ARGV[2], ARGV[7]) == 0 then return 'missing' end
local key = P .. 'draft:' .. ARGV[2]
local there = redis.call('HGET', key, 'id') or ''
if there == ARGV[4] then return 'saved' end
if there ~= ARGV[3] then return 'stale' end
redis.call('HSET', key, 'id', ARGV[4], 'by', ARGV[5], 'name', ARGV[6], 'from', ARGV[7],
  'source', ARGV[8], 'at', digits(now_ms()))
return 'saved'
