-- Keep an author's appeal against a rejection, wholly or not at all.
-- ARGV: P, id, site, expected, idem, body, idem_ttl_s, can ('1': there is what can be appealed),
--   fingerprint, statement, most, tail
-- Answer: {code, version}; code is appealed, same, changed (read it again), refused, gone (its text),
--   full, key_conflict, erased, missing
local id, site, expected, idem, body = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local can, fingerprint, most = ARGV[8] == '1', ARGV[9], tonumber(ARGV[11])
local now = now_ms()
local m = state(id, 's', 'st', 'ver', 'apk')
if m[1] ~= site then return {'missing', 0} end
if m[2] == 'e' then return {'erased', tonumber(m[3])} end
local idem_key = P .. 'i:' .. site .. ':' .. idem
local seen = idem ~= '' and redis.call('GET', idem_key)
if seen and seen ~= body then return {'key_conflict', 0} end
-- A repetition writes too, so that a durability that waits for replicas has something to wait for.
local function same()
  redis.call('HSET', P .. 'm:' .. id, 'dup', digits(now))
  return {'same', tonumber(m[3])}
end
if seen then return same() end
if m[3] ~= expected then return {'changed', tonumber(m[3])} end
if not can then
  if m[4] == fingerprint then return same() end
  return {'refused', tonumber(m[3])}
end
if redis.call('EXISTS', P .. 'c:' .. id) == 0 then return {'gone', tonumber(m[3])} end
if redis.call('ZCARD', P .. 'h:app:' .. site) >= most then return {'full', tonumber(m[3])} end
if idem ~= '' then redis.call('SET', idem_key, body, 'EX', ARGV[7]) end
redis.call('SET', P .. 'ap:' .. id, ARGV[10])
redis.call('HSET', P .. 'm:' .. id, 'apk', fingerprint)
local version = event(id, site, 'appealed', now, ARGV[12])
open_appeal(id, site, version, now)
return {'appealed', version}
