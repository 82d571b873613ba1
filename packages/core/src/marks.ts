/** What a key remembers of its last commits, so that none is carried out twice. */

/** How many updates a key remembers. Telegram sends one again within minutes, and a user has sent few others by then. */
const UPDATES = 64;

/**
 * How many other commits it remembers. A command is sent again within one lease after its connection broke; that others
 * commit more often in that time is what {@link SessionErrorCode} `SESSION_LEASE_LOST` is then told for.
 */
const COMMITS = 8;

/** The mark of an update that was handled. */
export function updateMark(updateId: number): string {
  return String(updateId);
}

/** The mark of a commit that stands for no update: another for each, because several may be tried under one lease. */
export function commitMark(token: string): string {
  return `.${token.slice(0, 8)}`;
}

/** Whether a mark is among those that were left. */
export function hasMark(marks: string, mark: string): boolean {
  return marks !== '' && `,${marks},`.includes(`,${mark},`);
}

/** The marks with one more, and without the oldest of its kind where they are too many. None is there twice. */
export function addMark(marks: string, mark: string): string {
  if (marks === '') return mark;
  if (hasMark(marks, mark)) return marks;
  const all = marks.split(',');
  const isCommit = mark.startsWith('.');
  const like = all.filter((each) => each.startsWith('.') === isCommit);
  if (like.length >= (isCommit ? COMMITS : UPDATES)) all.splice(all.indexOf(like[0] as string), 1);
  all.push(mark);
  return all.join(',');
}
