-- Make a policy the current version of its name. The same content makes no new version.
-- ARGV: P, name, canonical JSON, only_new ('1': leave a name that is there already as it is),
--   the version that has to be current ('' for any), the draft that this is ('' for none; it is
--   gone then), change, log entry's tail
-- Answer: the current version; 0 where another one is current, -1 where the draft is another
local before = answered(ARGV[7])
if before then return before end
local key, draft = P .. 'pol:' .. ARGV[2], P .. 'draft:' .. ARGV[2]
local current = redis.call('HGET', key, 'current')
local expected, drafted = ARGV[5], redis.call('HGET', draft, 'id')
if ARGV[6] ~= '' and drafted ~= ARGV[6] then
  -- Sent again as another call: the draft went when its version came.
  local made = not drafted and expected ~= '' and expected + 1
  if made and redis.call('HGET', key, made) == ARGV[3] then return made end
  return -1
end
if expected ~= '' and current ~= expected then return 0 end
if current and (ARGV[4] == '1' or redis.call('HGET', key, current) == ARGV[3]) then
  if ARGV[6] ~= '' then redis.call('DEL', draft) end
  return remember(ARGV[7], tonumber(current))
end
local version = redis.call('HINCRBY', key, 'last', 1)
redis.call('HSET', key, version, ARGV[3], 'current', version)
redis.call('SADD', P .. 'policies', ARGV[2])
if ARGV[6] ~= '' then redis.call('DEL', draft) end
logged(ARGV[7], '"version":' .. version .. ',' .. ARGV[8])
return remember(ARGV[7], version)
