/** The text of a lock, as far as the client writes and reads it: see `scripts`, where its layout is told. */

/** Nobody's token. */
export const NOBODY: string = '.'.repeat(16);

/**
 * How long a lock outlives its lease or its last use: a minute, in which the connection of a commit may break and come
 * back; a day where it remembers updates, because Telegram sends an update again for that long.
 */
export const MINUTE_MS = 60_000;
export const DAY_MS: number = 24 * 60 * MINUTE_MS;

/** What a script answers of a lease that it has granted. */
export interface Granted {
  readonly fence: string;
  readonly life: string;
  readonly marks: string;
  readonly data: string | undefined;
}

/** Takes an answer apart: fence, life, '-', marks, and where there is data a space with the data; a mark is one word. */
export function grantedIn(answer: string): Granted {
  const end = answer.indexOf(' ');
  return {
    fence: answer.slice(0, 16),
    life: answer.charAt(16),
    marks: end === -1 ? answer.slice(18) : answer.slice(18, end),
    data: end === -1 ? undefined : answer.slice(end + 1),
  };
}

/** How the lock of a free key begins after a commit of the lease with this fence, up to its marks. */
export function freed(fence: string, life: 'm' | 'd'): string {
  return `${NOBODY}${String(Number(fence) + 1).padStart(16, '0')}${life}-`;
}

/** The letter of the life of a lock with these marks: those of updates are numbers. */
export function lifeOf(marks: string): 'm' | 'd' {
  return /(?:^|,)\d/.test(marks) ? 'd' : 'm';
}
