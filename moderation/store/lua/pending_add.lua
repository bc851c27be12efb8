-- Note a sign-in that waits for the provider. Beyond the most, the oldest one is forgotten: whoever
-- begins many may cost others another try, and never the server's memory.
-- ARGV: P, digest of its state, what is to be known of it (JSON), its life (ms), most.
local all, life = P .. 'pnd', tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', all, '-inf', now_ms() - life)
redis.call('ZADD', all, now_ms(), ARGV[2])
redis.call('PEXPIRE', all, life)
redis.call('SET', P .. 'pnd:' .. ARGV[2], ARGV[3], 'PX', life)
local over = redis.call('ZCARD', all) - tonumber(ARGV[5])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', all, over)
  for at = 1, #oldest, 2 do redis.call('DEL', P .. 'pnd:' .. oldest[at]) end
end
return 1
