-- Begin to tell of a policy's replay, or tell more of the one that is running.
-- ARGV: P, policy's name, replay's id, '1' to begin (what was told of an earlier one goes), how long
--   this is kept (ms), then field, value …
-- Answer: 1, or 0 where this replay is no longer the one that is running
local key = P .. 'rp:' .. ARGV[2]
local is_there = redis.call('HGET', key, 'id') == ARGV[3]
if ARGV[4] == '1' then
  if not is_there then redis.call('DEL', key) end
elseif not is_there or redis.call('HGET', key, 'state') ~= 'running' then
  return 0
end
redis.call('HSET', key, 'id', ARGV[3], unpack(ARGV, 6))
redis.call('PEXPIRE', key, ARGV[5])
return 1
