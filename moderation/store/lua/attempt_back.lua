-- Take an attempt back that succeeded: its client is at one less, its name begins anew.
-- ARGV: P, change, client's bucket, name's bucket if it had one. Answer: 1
local before = answered(ARGV[2])
if before then return before end
local client = P .. 'try:' .. ARGV[3]
if tonumber(redis.call('GET', client) or '0') > 0 then redis.call('DECR', client) end
if ARGV[4] then redis.call('DEL', P .. 'try:' .. ARGV[4]) end
return remember(ARGV[2], 1)
