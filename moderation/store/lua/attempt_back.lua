-- Take an attempt back that succeeded: its name begins anew, its client is at one less.
-- ARGV: P, name's bucket, client's bucket.
local client = P .. 'try:' .. ARGV[3]
redis.call('DEL', P .. 'try:' .. ARGV[2])
if tonumber(redis.call('GET', client) or '0') > 0 then redis.call('DECR', client) end
return 1
