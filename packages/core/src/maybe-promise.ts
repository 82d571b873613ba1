/** Answers that come at once or later: stores in memory answer at once, and then nothing waits. */

export type MaybePromise<T> = T | Promise<T>;

/** Whether a value has to be awaited. */
export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
