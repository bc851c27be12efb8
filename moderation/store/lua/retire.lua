-- Forget consumers that hold nothing and have been silent; workers come and go under new names.
-- ARGV: P, silent_ms. Answer: how many.
local retired = 0
for _, lane in ipairs(LANES) do
  local stream = P .. 'q:' .. lane
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, 'w')) do
    local consumer = {}
    for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
    if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
      redis.call('XGROUP', 'DELCONSUMER', stream, 'w', consumer.name)
      retired = retired + 1
    end
  end
end
return retired
