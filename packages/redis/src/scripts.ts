/**
 * The Lua that runs inside of Redis: each script is one atomic step on a data key and its lock key.
 *
 * The lock is a text of fixed layout, which is cheaper to take apart than a hash or JSON:
 *
 *     token 16 | fence 16 | deadline 13 | contender 16 | reserved until 13 | marks
 *
 * Nobody's token and nobody's contender are 16 dots. Times are the server's, in milliseconds; the fence is at least its
 * time in microseconds, so that it grows even when the lock was evicted. Numbers of that size are exact, but only `%.0f`
 * writes them out in full.
 *
 * Whatever may fail because of the data comes before the first write, because Redis does not undo a script half done.
 */

/** Takes the lock apart. What is no lock of ours counts as none: a holder is then protected by what was read. */
const OPEN = `
local NOBODY = '................'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token, fence, deadline, contender, reserved, marks = NOBODY, 0, 0, NOBODY, 0, ''
local lock = redis.call('GET', KEYS[2]) or ''
if #lock >= 74 then
  token = string.sub(lock, 1, 16)
  fence = tonumber(string.sub(lock, 17, 32)) or 0
  deadline = tonumber(string.sub(lock, 33, 45)) or 0
  contender = string.sub(lock, 46, 61)
  reserved = tonumber(string.sub(lock, 62, 74)) or 0
  marks = string.sub(lock, 75)
end
if reserved <= now then contender, reserved = NOBODY, 0 end
`;

/**
 * Stores the lock. It outlives its last use by a minute, in which the connection of a commit may break and come back; by
 * a day where it remembers updates (marks of digits), because Telegram sends an update again for that long.
 */
const WRITE = `
local function write(token, fence, deadline)
  local keep = 60000
  if marks ~= '' and string.find(',' .. marks .. ',', ',%d+,') then keep = 86400000 end
  if deadline > now then keep = keep + deadline - now end
  redis.call('SET', KEYS[2], token .. string.format('%016.0f%013.0f', fence, deadline) ..
    contender .. string.format('%013.0f', reserved) .. marks, 'PX', string.format('%.0f', keep))
end
`;

/** Lets the data live on, but not at each use: expiry is a write, which goes to replicas and to the disk. */
const LIVE_ON = `
local function liveOn(ttl)
  if ttl ~= '' and redis.call('PTTL', KEYS[1]) < ttl * 0.9 then redis.call('PEXPIRE', KEYS[1], ttl) end
end
`;

/** Answers the fence that follows: greater than that of the lock, and than one that the lock may have forgotten. */
const NEXT_FENCE = `
local function nextFence(known)
  return math.max(fence + 1, known + 1, time[1] * 1000000 + time[2])
end
`;

/**
 * Reads the data and lets it live on.
 *
 * ARGV: ttl. Answers the data.
 */
export const READ: string = `${LIVE_ON}
local data = redis.call('GET', KEYS[1])
liveOn(ARGV[1])
return data
`;

/**
 * Lets the data live on.
 *
 * ARGV: ttl. Answers nothing.
 */
export const TOUCH: string = `${LIVE_ON}
liveOn(ARGV[1])
return false
`;

/**
 * Acquires the lease, or else reserves it.
 *
 * ARGV: token, previous token, lease ms, contender, reservation ms, ttl.
 * Answers 1, fence, marks, data; or 0, remaining ms, whether reserved.
 */
export const ACQUIRE: string = `
local data = redis.call('GET', KEYS[1])
${OPEN}${WRITE}${LIVE_ON}${NEXT_FENCE}
local ours = token == ARGV[1] or token == ARGV[2]
local held = token ~= NOBODY and deadline > now
local taken = contender ~= NOBODY and contender ~= ARGV[4]
if not ours and (held or taken) then
  local free = math.max(held and deadline or now, taken and reserved or now)
  if not taken then
    contender, reserved = ARGV[4], now + ARGV[5]
    write(token, fence, deadline)
  end
  return {0, free - now, taken and 0 or 1}
end
if not taken then contender, reserved = NOBODY, 0 end
local number = nextFence(0)
write(ARGV[1], number, now + ARGV[3])
liveOn(ARGV[6])
return {1, string.format('%016.0f', number), marks, data}
`;

/**
 * Answers whether the caller still holds the lease. `vanished`: nobody does, and no trace is left of anybody who did since:
 * the lock was evicted or flushed, so that only the data can tell. It does so when the caller sends what it has read.
 *
 * ARGV: token, fence, …; `known` is '?' or what the caller has read: '-' for nothing, '=' and the text for a text.
 */
function holding(known: string): string {
  return `
local mine = tonumber(ARGV[2])
local holds = token == ARGV[1] and fence == mine
local vanished = token == NOBODY and fence <= mine
local asks = ${known} == '?'
local function same()
  local data = redis.call('GET', KEYS[1])
  return ${known} == (data and '=' .. data or '-')
end
`;
}

/**
 * Renews the lease. One whose lock has vanished is made again, with the same token and fence, only where the data is what
 * the caller has read: that is as if it were acquired now, with the same answer. Without that comparison, somebody may
 * have acquired, committed and been forgotten as well, and the next commit would overwrite that.
 *
 * ARGV: token, fence, lease ms, known. Answers `held`, `lost` or `vanished`.
 */
export const RENEW: string = `${OPEN}${WRITE}${holding('ARGV[4]')}
if not holds then
  if not vanished then return 'lost' end
  if asks then return 'vanished' end
  if not same() then return 'lost' end
end
write(ARGV[1], mine, now + ARGV[3])
return 'held'
`;

/**
 * Commits, and ends the lease or hands it over.
 *
 * ARGV: token, fence, known, kind, value, ttl, mark, marks, then of the next: token, lease ms, contender, whether it yields.
 * Answers `done` or `repeated`, and where the next has it: fence, marks, data; or `lost` or `vanished`.
 */
export const COMMIT: string = `${OPEN}${WRITE}${LIVE_ON}${NEXT_FENCE}${holding('ARGV[3]')}
local kind, mark, heir = ARGV[4], ARGV[7], ARGV[9]
local repeated = mark ~= '' and string.find(',' .. marks .. ',', ',' .. mark .. ',', 1, true)
local data = false
if heir ~= '' and (repeated or kind == 'none') then data = redis.call('GET', KEYS[1]) end
if repeated and not holds then
  if token ~= heir then return {'repeated'} end
  return {'repeated', string.format('%016.0f', fence), marks, data}
end
if not holds then
  if not vanished then return {'lost'} end
  if asks then return {'vanished'} end
  if not same() then return {'lost'} end
end
if not repeated then
  if kind == 'set' then
    if ARGV[6] == '' then redis.call('SET', KEYS[1], ARGV[5])
    else redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6]) end
  elseif kind == 'delete' then redis.call('DEL', KEYS[1])
  else liveOn(ARGV[6]) end
  if mark ~= '' then marks = ARGV[8] end
end
local state = repeated and 'repeated' or 'done'
local number = nextFence(mine)
if heir == '' or (ARGV[12] == 'yields' and contender ~= NOBODY and contender ~= ARGV[11]) then
  write(NOBODY, number, 0)
  return {state}
end
if contender == ARGV[11] then contender, reserved = NOBODY, 0 end
write(heir, number, now + ARGV[10])
return {state, string.format('%016.0f', number), marks, data}
`;
