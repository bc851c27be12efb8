-- Let a person in once by a code; an earlier code of theirs opens nothing any more.
-- ARGV: P, person, digest of the code, how long it works (ms), change, log entry's tail. Answer: 1
local before = answered(ARGV[5])
if before then return before end
redis.call('SET', P .. 'once:' .. ARGV[2], ARGV[3], 'PX', ARGV[4])
logged(ARGV[5], ARGV[6])
return remember(ARGV[5], 1)
