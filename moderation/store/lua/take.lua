-- Reserve up to `count` entries for a consumer, urgent lanes first. What was decided, erased or
-- edited meanwhile is dropped here instead of being worked on.
-- ARGV: P, consumer, count, reap ('1': only lapsed ones, '0': only new ones), min_idle_ms
-- Answer: {lane, sid, id, rev, kind, deliveries, received_ms, payload, trace} each
local consumer, count, lapsed, min_idle = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5]
local taken = {}

local function keep(lane, sid, fields, deliveries)
  local entry = {}
  for i = 1, #fields, 2 do entry[fields[i]] = fields[i + 1] end
  local m = state(entry.id, 'st', 'rev', 'rcv', 'sid', 'd', 'by', 'tr')
  local wanted = m[1] == 'p'
  if entry.kind == 'again' then wanted = m[1] == 'd' and m[5] == 'hold' and m[6] == 'fallback' end
  local payload = wanted and m[2] == entry.rev and m[4] == sid and redis.call('GET', P .. 'c:' .. entry.id)
  if not payload then return unqueue(entry.id, lane, sid) end
  taken[#taken + 1] = {lane, sid, entry.id, entry.rev, entry.kind, deliveries, m[3], payload, m[7] or ''}
end

for _, lane in ipairs(LANES) do
  local stream = P .. 'q:' .. lane
  local left = count - #taken
  if left <= 0 then break end
  if lapsed then
    for _, p in ipairs(redis.call('XPENDING', stream, 'w', 'IDLE', min_idle, '-', '+', left)) do
      local claimed = redis.call('XCLAIM', stream, 'w', consumer, min_idle, p[1])
      if claimed[1] then keep(lane, p[1], claimed[1][2], p[4] + 1)
      else redis.call('XACK', stream, 'w', p[1]) end
    end
  else
    local read = redis.call('XREADGROUP', 'GROUP', 'w', consumer, 'COUNT', left, 'STREAMS', stream, '>')
    if read and read[1] then
      for _, entry in ipairs(read[1][2]) do keep(lane, entry[1], entry[2], 1) end
    end
  end
end
return taken
