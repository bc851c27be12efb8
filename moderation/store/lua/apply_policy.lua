-- Make a policy the current version of its name. The same content makes no new version.
-- ARGV: P, name, canonical JSON, only_new ('1': leave a name that is there already as it is),
--   change, log entry's tail
-- Answer: the current version
local key = P .. 'pol:' .. ARGV[2]
local current = redis.call('HGET', key, 'current')
if current and (ARGV[4] == '1' or redis.call('HGET', key, current) == ARGV[3]) then
  return tonumber(current)
end
local version = redis.call('HINCRBY', key, 'last', 1)
redis.call('HSET', key, version, ARGV[3], 'current', version)
redis.call('SADD', P .. 'policies', ARGV[2])
logged(ARGV[5], '"version":' .. version .. ',' .. ARGV[6])
return version
