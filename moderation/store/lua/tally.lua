-- What is counted for the insights, in the script of the change that is counted; prepended to those
-- that decide. Counters only: no comment's id, no text; of people, what each decided.
-- A text is in one outcome at a time: `h` held, `a` approved, `s` approved and drawn for people to
-- read, each followed by what a person said of it since: nothing, `a` or `r`, or `b` for what was
-- decided among many that nobody read one by one. It is counted under the day (UTC) that it was
-- received on. What happened, as opposed to how it stands, is counted under the day that it happened
-- on.
local DAY_MS = 86400000
local BINS = 40  -- as domain/advice.py
local MOST_FIELDS = 1000
local WAITS_S = {60, 300, 900, 3600, 14400, 43200, 86400, 259200, 604800}  -- as store/tallies.py
local told = redis.call('HMGET', P .. 'tally', 'keep', 'share')
local KEEP_MS, SHARE = tonumber(told[1] or 365 * DAY_MS), tonumber(told[2] or 0)

local function day_of(ms) return math.floor(ms / DAY_MS) end

-- The part of [0, 1] that a score lies in.
local function bin(score) return digits(math.min(BINS - 1, math.floor(score * BINS + 1e-9))) end

-- Adds to a field of a day's counts, which go some time after the day has ended.
local function count(site, day, label, field, by)
  local key = P .. 't:' .. site .. ':' .. digits(day) .. label
  if redis.call('HINCRBY', key, field, by) == by then
    redis.call('PEXPIREAT', key, digits((day + 1) * DAY_MS + KEEP_MS))
  end
end

-- Whether an approval is among those that people are to read: by lot, and the same for a repetition.
local function is_drawn(id, rev)
  return SHARE > 0 and tonumber(string.sub(redis.sha1hex(id .. ':' .. rev), 1, 8), 16) < SHARE * 2 ^ 32
end

-- Move a text from an outcome to another ('': none). `why`: reasons and labels, by commas; `tail`:
-- the event that it stands on, JSON without its opening brace.
local function tally(site, received, from, to, why, tail)
  if from == to then return end
  local day = day_of(received)
  local function move(label, field)
    if from ~= '' then count(site, day, label, field .. from, -1) end
    if to ~= '' then count(site, day, label, field .. to, 1) end
  end
  move('', 'o:')
  for name in string.gmatch(why, '[^,]+') do move('', 'w:' .. name .. ':') end
  local scores, highest = cjson.decode('{' .. tail).scores, -1
  if type(scores) ~= 'table' then return end
  for label, score in pairs(scores) do
    move(':' .. label, bin(score))
    highest = math.max(highest, score)
  end
  if highest >= 0 then move(':*', bin(highest)) end
end

-- Count a machine's decision, and put an approval that is drawn before people. `again`: it replaces
-- a hold without a score, which was counted as `was` says (ty, why).
local function tally_machine(id, rev, site, received, decision, why, tail, again, was)
  local outcome = decision == 'hold' and 'h' or is_drawn(id, rev) and 's' or 'a'
  if again then tally(site, received, was.ty or '', '', was.why or '', '}') end
  tally(site, received, '', outcome, why, tail)
  redis.call('HSET', P .. 'm:' .. id, 'ty', outcome)
  if outcome == 's' then redis.call('ZADD', P .. 'h:smp:' .. site, received, id) end
end

-- Count what a person did, and where the text stands after it; returns its outcome. `was`: d, by,
-- ty, why of its state before.
local function tally_person(site, now, received, was, decision, tail)
  local day, event = day_of(now), cjson.decode('{' .. tail)
  local function happened(field)
    local key = P .. 't:' .. site .. ':' .. digits(day)
    if redis.call('HEXISTS', key, field) == 1 or redis.call('HLEN', key) < MOST_FIELDS then
      count(site, day, '', field, 1)
    end
  end
  local is_bulk = type(event.batch) == 'table'  -- of an undo: what stands again
  local act = type(event.undoes) == 'number' and 'undo' or is_bulk and 'bulk' or decision
  happened('n:' .. act)
  if act ~= 'undo' and was.by == 'person' and was.d ~= 'hold' and was.d ~= decision then happened('v') end
  if act == 'reject' and type(event.appeal) ~= 'table' then  -- what is upheld was counted before
    local label = event.reasons[1].label
    happened('p:' .. (type(label) == 'string' and label or ''))
  end
  if event.actor.via == 'page' then happened('by:' .. event.actor.id .. ':' .. act) end
  if not was.ty then return nil end
  if was.ty == 'h' and was.by ~= 'person' and decision ~= 'hold' then
    local wait_s, at = (now - received) / 1000, 1
    while WAITS_S[at] and wait_s >= WAITS_S[at] do at = at + 1 end
    happened('d:' .. digits(at - 1))
  end
  local origin = string.sub(was.ty, 1, 1)
  local said = decision == 'approve' and 'a' or decision == 'reject' and 'r' or ''
  if is_bulk and said ~= '' then said = 'b' end
  if act == 'undo' and origin ~= 'h' and said == 'a' then said = '' end  -- the machine's stands again
  local stands = origin .. said
  tally(site, received, was.ty, stands, was.why or '', tail)
  return stands
end
