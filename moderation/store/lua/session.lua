-- Read a session and its person as they are now. ARGV: P, digest of the session.
-- Answer: nil, or {person, expires at (ms), field, value … of the person's record}.
local session = P .. 'ss:' .. ARGV[2]
local found = redis.call('HMGET', session, 'p', 'ep')
if not found[1] then return false end
local record = redis.call('HGETALL', P .. 'pe:' .. found[1])
local person = {}
for at = 1, #record, 2 do person[record[at]] = record[at + 1] end
if person.active ~= '1' or (person.ep or '0') ~= found[2] then return false end
local answer = {found[1], digits(redis.call('PEXPIRETIME', session))}
for name, value in pairs(person) do
  if name ~= 'pw' then
    answer[#answer + 1] = name
    answer[#answer + 1] = value
  end
end
return answer
