-- Let go of what is kept no longer: first the text, then the record.
-- ARGV: P, count, record_ttl_ms. Answer: {texts, records, looked at}
local now, texts, records = now_ms(), 0, 0
local due = redis.call('ZRANGEBYSCORE', P .. 'exp', '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  local m = state(id, 'rcv', 'ver', 's', 'aut', 'art', 'par', 'ap')
  local last = tonumber(m[1] or '0') + tonumber(ARGV[3])
  if m[7] then
    redis.call('ZREM', P .. 'exp', id)  -- until its appeal is decided
  elseif redis.call('EXISTS', P .. 'o:' .. id) == 1 then
    redis.call('ZADD', P .. 'exp', now + 3600000, id)  -- its callback has not gone out yet
  elseif redis.call('EXISTS', P .. 'c:' .. id) == 1 then
    redis.call('DEL', P .. 'c:' .. id, P .. 'ap:' .. id)
    redis.call('HDEL', P .. 'm:' .. id, 'sha')
    redis.call('ZREM', P .. 'h:smp:' .. (m[3] or ''), id)  -- what is gone can't be read
    under_article(id, m[3] or '', m[5], m[6])
    redis.call('ZADD', P .. 'exp', last, id)
    texts = texts + 1
  elseif now < last then
    redis.call('ZADD', P .. 'exp', last, id)
  else
    redis.call('DEL', P .. 'm:' .. id, P .. 'e:' .. id, P .. 'sh:' .. id)
    redis.call('ZREM', P .. 'exp', id)
    under_author(id, m[3] or '', m[4])
    redis.call('ZREM', P .. 'sh', id)
    for version = 1, tonumber(m[2] or '0') do redis.call('ZREM', P .. 'dead', id .. ':' .. version) end
    records = records + 1
  end
end
return {texts, records, #due}
