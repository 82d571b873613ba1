/**
 * The Lua that runs inside of Redis: each script is one atomic step on a data key and its lock key.
 *
 * The lock is a text whose beginning has a fixed layout:
 *
 *     token 16 | fence 16 | `m` or `d` | `-`, or `!` contender 16 reserved until 13 | marks
 *
 * Nobody's token is 16 dots. A lock lives for a minute (`m`) after its lease or its last use, or for a day (`d`) where it
 * remembers updates; so what is left of the lease is what is left of the lock without that, and most calls need no clock.
 * The fence is a number that only grows: a new lock begins with the server's time in microseconds, which is above whatever
 * an evicted lock had. Numbers of that size are exact, but only `%.0f` writes them out in full.
 *
 * Lua takes several times as long as the commands that it runs, so what is free and wanted by nobody else goes a short
 * way: nothing is taken apart that need not be, and the client sends ready texts.
 *
 * Whatever may fail because of the data comes before the first write, because Redis does not undo a script half done.
 */

import { DAY_MS, MINUTE_MS, NOBODY } from './lock';

/** Lets the data live on, but not at each use: expiry is a write, which goes to replicas and to the disk. */
const LIVE_ON = `
local function liveOn(ttl)
  if redis.call('PTTL', KEYS[1]) < ttl * 0.9 then redis.call('PEXPIRE', KEYS[1], ttl) end
end
`;

/** Sets the data, and keeps the end of what is there; what is not there, or has no end, gets one. */
const KEEP_END = `
local function setFixed(data, ttl)
  if redis.call('PTTL', KEYS[1]) >= 0 then redis.call('SET', KEYS[1], data, 'KEEPTTL')
  else redis.call('SET', KEYS[1], data, 'PX', ttl) end
end
`;

/** Takes the lock apart. What is no lock of ours counts as none: a holder is then protected by what was read. */
const OPEN = `
local NOBODY = '${NOBODY}'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token, fence, leftMs, contender, reserved, marks = NOBODY, 0, 0, false, 0, ''
local shape = lock and string.match(lock, '^................%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d([md][-!])')
if shape then
  token = string.sub(lock, 1, 16)
  fence = tonumber(string.sub(lock, 17, 32))
  if token ~= NOBODY then
    leftMs = redis.call('PTTL', KEYS[2]) - (string.sub(shape, 1, 1) == 'd' and ${DAY_MS} or ${MINUTE_MS})
  end
  if string.sub(shape, 2) == '!' then
    contender = string.sub(lock, 35, 50)
    reserved = tonumber(string.sub(lock, 51, 63)) or 0
    marks = string.sub(lock, 64)
    if reserved <= now then contender = false end
  else
    marks = string.sub(lock, 35)
  end
end
`;

/**
 * Stores the lock, with a lease of so many milliseconds, and answers what its holder is told of it; and the fence that
 * follows: greater than that of the lock, and than one that the lock may have forgotten.
 */
const WRITE = `
local function nextFence(known)
  return math.max(fence + 1, known + 1, time[1] * 1000000 + time[2])
end
local function write(token, fence, leaseMs)
  local life, lives = 'm', ${MINUTE_MS}
  if string.find(',' .. marks, ',%d') then life, lives = 'd', ${DAY_MS} end
  local slot = contender and string.format('!%s%013.0f', contender, reserved) or '-'
  redis.call('SET', KEYS[2], token .. string.format('%016.0f', fence) .. life .. slot .. marks,
    'PX', string.format('%.0f', lives + leaseMs))
  return string.format('%016.0f', fence) .. life .. '-' .. marks
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
 * Sets the data, with an end of its own only where there is none to keep.
 *
 * ARGV: data, ttl. Answers nothing.
 */
export const SET_FIXED: string = `${KEEP_END}
setFixed(ARGV[1], ARGV[2])
return false
`;

/**
 * Acquires the lease, or else reserves it.
 *
 * ARGV: token, lease ms with a minute, with a day, contender, reservation ms, previous token or '', ttl where there is one.
 * Answers fence, life, '-', marks, and where there is data a space with the data, as one text; or remaining ms, whether reserved.
 */
export const ACQUIRE: string = `
local data = redis.call('GET', KEYS[1])
local lock = redis.call('GET', KEYS[2])
local life, number, answer = 'm-', nil, nil
if not lock then
  local time = redis.call('TIME')
  number = time[1] * 1000000 + time[2]
elseif string.sub(lock, 1, 16) == '${NOBODY}' then
  life = string.sub(lock, 33, 34)
  if life == 'm-' or life == 'd-' then number = tonumber(string.sub(lock, 17, 32)) end
end
if number then
  answer = string.format('%016.0f', number + 1) .. (lock and string.sub(lock, 33) or life)
  redis.call('SET', KEYS[2], ARGV[1] .. answer, 'PX', life == 'm-' and ARGV[2] or ARGV[3])
else
  ${OPEN}${WRITE}
  local ours = token == ARGV[1] or token == ARGV[6]
  local taken = contender and contender ~= ARGV[4]
  if not ours and (leftMs > 0 or taken) then
    local freeInMs = math.max(leftMs, taken and reserved - now or 0)
    if not taken then
      contender, reserved = ARGV[4], now + ARGV[5]
      write(token, fence, leftMs)
    end
    return {freeInMs, taken and 0 or 1}
  end
  if not taken then contender = false end
  answer = write(ARGV[1], nextFence(0), ARGV[2] - ${MINUTE_MS})
end
if ARGV[7] then ${LIVE_ON} liveOn(ARGV[7]) end
return data and answer .. ' ' .. data or answer
`;

/**
 * Tells what is left of a lease that is not held. `vanished`: nobody holds it, and no trace is left of anybody who did
 * since: the lock was evicted or flushed, so that only the data can tell. It does so when the caller sends what it has
 * read.
 */
function lapsed(known: string): string {
  return `
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
 * ARGV: token with fence, lease ms with a minute, with a day, known: '?' or what the caller has read: '-' for nothing,
 * '=' and the text for a text. Answers `held`, `lost` or `vanished`.
 */
export const RENEW: string = `
local lock = redis.call('GET', KEYS[2])
if lock and string.sub(lock, 1, 32) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[2], string.sub(lock, 33, 33) == 'd' and ARGV[3] or ARGV[2])
  return 'held'
end
local mine = tonumber(string.sub(ARGV[1], 17))
${OPEN}${WRITE}${lapsed('ARGV[4]')}
if not vanished then return 'lost' end
if asks then return 'vanished' end
if not same() then return 'lost' end
write(string.sub(ARGV[1], 1, 16), mine, ARGV[2] - ${MINUTE_MS})
return 'held'
`;

/**
 * Commits, and ends the lease or hands it over.
 *
 * ARGV: the beginning of the lock as it was acquired, up to '-'; the lock as it is to be left, free; how long that lives;
 * mark or ''; known as in RENEW; kind, or `set fixed` to keep the end of what is there; then as far as needed: value, ttl
 * or '', and of the next: token, lease ms with a minute, contender, whether it yields. A beginning that ends in '?' is sent
 * by who has this mark in the lock already.
 * Answers `done`, `repeated`, `lost` or `vanished`; where the next has it, that with what ACQUIRE answers.
 */
export const COMMIT: string = `
local kind, ttl, heir = ARGV[6], ARGV[8], ARGV[9]
local function change()
  if kind == 'set' then
    if not ttl or ttl == '' then redis.call('SET', KEYS[1], ARGV[7])
    else redis.call('SET', KEYS[1], ARGV[7], 'PX', ttl) end
  elseif kind == 'set fixed' then ${KEEP_END} setFixed(ARGV[7], ttl)
  elseif kind == 'delete' then redis.call('DEL', KEYS[1])
  elseif ttl and ttl ~= '' then ${LIVE_ON} liveOn(ttl) end
end
local lock = redis.call('GET', KEYS[2])
if lock and not heir and string.sub(lock, 1, 34) == ARGV[1] then
  change()
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  return 'done'
end
local mine = tonumber(string.sub(ARGV[1], 17, 32))
${OPEN}${WRITE}${lapsed('ARGV[5]')}
local holds = token == string.sub(ARGV[1], 1, 16) and fence == mine
local mark = ARGV[4]
local repeated = mark ~= '' and string.find(',' .. marks .. ',', ',' .. mark .. ',', 1, true)
local data = false
if heir and (repeated or kind == 'none') then data = redis.call('GET', KEYS[1]) end
local function handed(state, answer)
  return {state, data and answer .. ' ' .. data or answer}
end
if repeated and not holds then
  if token ~= heir then return 'repeated' end
  return handed('repeated', string.format('%016.0f', fence) .. string.sub(shape, 1, 1) .. '-' .. marks)
end
if not holds then
  if not vanished then return 'lost' end
  if asks then return 'vanished' end
  if not same() then return 'lost' end
end
if not repeated then
  change()
  marks = string.sub(ARGV[2], 35)
end
local state = repeated and 'repeated' or 'done'
local number = nextFence(mine)
if not heir or (ARGV[12] == 'yields' and contender and contender ~= ARGV[11]) then
  write(NOBODY, number, 0)
  return state
end
if contender == ARGV[11] then contender = false end
return handed(state, write(heir, number, ARGV[10] - ${MINUTE_MS}))
`;
