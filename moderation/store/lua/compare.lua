-- Keep what a second model said of a comment's revision, for the report; the oldest give way.
-- ARGV: P, id, rev, comparison JSON, most. Answer: 1, or 0 when the comment is another one by now
local id = ARGV[2]
local m = state(id, 'st', 'rev')
if not m[1] or m[1] == 'e' or m[2] ~= ARGV[3] then return 0 end
redis.call('SET', P .. 'sh:' .. id, ARGV[4])
redis.call('ZADD', P .. 'sh', now_ms(), id)
while redis.call('ZCARD', P .. 'sh') > tonumber(ARGV[5]) do
  redis.call('DEL', P .. 'sh:' .. redis.call('ZPOPMIN', P .. 'sh')[1])
end
return 1
