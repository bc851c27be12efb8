-- Drop a policy's draft, if it is still the one that was seen.
-- ARGV: P, policy's name, id of the draft. Answer: 1, or 0 where another one is there
local key = P .. 'draft:' .. ARGV[2]
local there = redis.call('HGET', key, 'id')
if there and there ~= ARGV[3] then return 0 end
redis.call('DEL', key)
return 1
