-- Use up a sign-in that waits for the provider. Sent twice, it is gone the second time: whoever
-- lost the answer begins anew. ARGV: P, digest of its state. Answer: what is known of it, or nil.
local key = P .. 'pnd:' .. ARGV[2]
local found = redis.call('GET', key)
redis.call('DEL', key)
redis.call('ZREM', P .. 'pnd', ARGV[2])
return found
