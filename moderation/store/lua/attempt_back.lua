-- Take an attempt back that succeeded: its client is at one less, its name begins anew.
-- ARGV: P, client's bucket, name's bucket if it had one.
local client = P .. 'try:' .. ARGV[2]
if tonumber(redis.call('GET', client) or '0') > 0 then redis.call('DECR', client) end
if ARGV[3] then redis.call('DEL', P .. 'try:' .. ARGV[3]) end
return 1
