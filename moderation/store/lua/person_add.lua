-- Make a person whose name nobody has.
-- ARGV: P, id, name's key, change, log entry's tail, then field, value … of the record.
-- Answer: 1, also when asked again for the same person; 0 when somebody else has the name.
local id, name = ARGV[2], ARGV[3]
if redis.call('HSETNX', P .. 'people', name, id) == 0 then
  return redis.call('HGET', P .. 'people', name) == id and 1 or 0
end
redis.call('HSET', P .. 'pe:' .. id, 'at', digits(now_ms()), unpack(ARGV, 6))
logged(ARGV[4], ARGV[5])
return 1
