-- Make, change or end API keys.
-- ARGV: P, id of a key that has to be there ('' for none), change, log entry's tail, then id,
--   record ('' to end it) …
-- Answer: 1, also when asked again; 0 where the key is not there
local before = answered(ARGV[3])
if before then return before end
if ARGV[2] ~= '' and redis.call('HEXISTS', P .. 'keys', ARGV[2]) == 0 then return 0 end
for i = 5, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', P .. 'keys', ARGV[i])
  else
    redis.call('HSET', P .. 'keys', ARGV[i], ARGV[i + 1])
  end
end
logged(ARGV[3], ARGV[4])
return remember(ARGV[3], 1)
