-- Put comments that are held without a score back into the queue, when their time has come; never so
-- many that they would keep new comments out.
-- ARGV: P, count. Answer: how many.
if redis.call('XLEN', P .. 'q:lo') >= tonumber(ARGV[2]) then return 0 end
local due = redis.call('ZRANGEBYSCORE', P .. 'uns', '-inf', now_ms(), 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  redis.call('ZREM', P .. 'uns', id)
  local m = state(id, 'st', 'd', 'by', 'rev')
  if m[1] == 'd' and m[2] == 'hold' and m[3] == 'fallback' then enqueue(id, m[4], 'lo', 'again') end
end
return #due
