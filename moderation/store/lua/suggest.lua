-- Count what somebody elsewhere said of a text, by its scores; the same said again is nothing new.
-- Nothing of the text is kept but a keyed hash, for as long as a repetition is known.
-- ARGV: P, site, hash of what was said, how long it is known (ms), then label, score and a or r of
-- each. Answer: 1, or 0 for a repetition.
if not redis.call('SET', P .. 'sg:' .. ARGV[3], '1', 'NX', 'PX', ARGV[4]) then return 0 end
for at = 5, #ARGV, 3 do
  count(ARGV[2], day_of(now_ms()), ':!' .. ARGV[at], bin(tonumber(ARGV[at + 1])) .. 'h' .. ARGV[at + 2], 1)
end
return 1
