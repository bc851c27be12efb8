-- An author's appeal; prepended to the scripts that open, close and keep one. While it is open,
-- nothing of its comment expires. What an event tells of one: {status, version, at}.

-- Open one, or open it again.
local function open_appeal(id, site, version, at)
  redis.call('HSET', P .. 'm:' .. id, 'ap', digits(version), 'apt', digits(at))
  redis.call('ZADD', P .. 'h:app:' .. site, at, id)
  redis.call('ZREM', P .. 'exp', id)
end

local function close_appeal(id, site)
  redis.call('HDEL', P .. 'm:' .. id, 'ap', 'apt')
  redis.call('ZREM', P .. 'h:app:' .. site, id)
end

-- What an event's tail says of an appeal, or nil.
local function told_of_appeal(tail)
  local said = cjson.decode('{' .. tail).appeal
  return type(said) == 'table' and said or nil
end

-- Whether an appeal is open that this event does not decide: then nobody but who decides it may act.
local function is_under_appeal(id, tail)
  local open = state(id, 'ap')[1]
  local said = open and told_of_appeal(tail)
  return open and not (said and digits(said.version) == open and said.status ~= 'open')
end

-- The author's words go with the text that they are about.
local function forget_appeal(id, site)
  close_appeal(id, site)
  redis.call('HDEL', P .. 'm:' .. id, 'apk')
  redis.call('DEL', P .. 'ap:' .. id)
end
