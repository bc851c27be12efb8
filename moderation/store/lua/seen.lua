-- Note that texts were submitted, and count how often each was within its window, this time included.
-- ARGV: P, then per item: text hash, comment id, received_ms, window_ms. Answer: a count each.
local counts = {}
for at = 2, #ARGV, 4 do
  local key, received, window = P .. 'rt:' .. ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  redis.call('ZADD', key, received, ARGV[at + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', received - window)
  redis.call('PEXPIRE', key, window)
  counts[#counts + 1] = redis.call('ZCARD', key)
end
return counts
