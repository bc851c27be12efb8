-- A new revision of a comment's text: the old one's place in queue and indexes is given up, so that
-- a decision on the old text finds another revision and lands nowhere. An open appeal lapses: what it
-- is about is no longer there.
-- ARGV: P, id, site, idem, body, idem_ttl_s, fingerprint, payload, lane, callback, article,
--   author, sha, tail, section, parent, trace
-- Answer: {code, version, now_ms}; code is edited, same, erased, missing, key_conflict
local id, site, idem, body, idem_ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local fingerprint, payload, lane, callback = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local article, author, sha, tail = ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local section, parent, trace = ARGV[15], ARGV[16], ARGV[17]
local now = now_ms()
local m = state(id, 's', 'st', 'fp', 'ver', 'rev', 'lane', 'sid', 'art', 'cb', 'aut', 'par', 'ap')
if m[1] ~= site then return {'missing', 0, now} end
if m[2] == 'e' then return {'erased', tonumber(m[4]), now} end
local idem_key = P .. 'i:' .. site .. ':' .. idem
if idem ~= '' then
  local seen = redis.call('GET', idem_key)
  if seen and seen ~= body then return {'key_conflict', 0, now} end
  if seen then return {'same', tonumber(m[4]), now} end
  redis.call('SET', idem_key, body, 'EX', idem_ttl)
end
if m[3] == fingerprint then
  redis.call('HSET', P .. 'm:' .. id, 'dup', digits(now))
  return {'same', tonumber(m[4]), now}
end
unqueue(id, m[6], m[7])
unhold(id, site, m[8])
unclaim(id)
under_author(id, site, m[10])
under_article(id, site, m[8], m[11])
local rev = tonumber(m[5]) + 1
redis.call('SET', P .. 'c:' .. id, payload)
redis.call('HSET', P .. 'm:' .. id, 'st', 'p', 'rev', rev, 'fp', fingerprint, 'art', article, 'aut', author,
  'sha', sha, 'sec', section, 'par', parent, 'rcv', digits(now), 'cb', callback ~= '' and callback or (m[9] or ''))
redis.call('HDEL', P .. 'm:' .. id, 'd', 'by', 'dv', 'ua', 'pk', 'why', 'lg', 'sev', 'wt', 'gap', 'tr', 'ty')
if trace ~= '' then redis.call('HSET', P .. 'm:' .. id, 'tr', trace) end
redis.call('ZREM', P .. 'exp', id)
redis.call('ZADD', P .. 'p:' .. site, now, id)
under_author(id, site, author, now, 'hold')
under_article(id, site, article, parent, now)
-- What was not yet told of the earlier text is told no more: a late approval would publish this one.
redis.call('DEL', P .. 'o:' .. id)
redis.call('ZREM', P .. 'out', id)
redis.call('HDEL', P .. 'm:' .. id, 'oa', 'ot', 'hv', 'hu')
enqueue(id, rev, lane, 'new')
forget_appeal(id, site)
local lapsed = m[12] and '"lapsed":' .. m[12] .. ',' or ''
return {'edited', event(id, site, 'edited', now, '"revision":' .. rev .. ',' .. lapsed .. tail), now}
