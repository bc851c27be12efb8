-- Count an attempt to sign in before it is looked at, unless one of its windows is full. Sent twice,
-- it counts twice, which only makes the next one wait sooner.
-- ARGV: P, window (ms), then bucket, most … Answer: 0, or how long until the full one ends (ms).
for at = 3, #ARGV, 2 do
  local key = P .. 'try:' .. ARGV[at]
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[at + 1]) then
    return math.max(1, redis.call('PTTL', key))
  end
end
for at = 3, #ARGV, 2 do
  local key = P .. 'try:' .. ARGV[at]
  redis.call('INCR', key)
  redis.call('PEXPIRE', key, ARGV[2], 'NX')
end
return 0
