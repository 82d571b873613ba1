/** A process of its own that adds numbers to a session kept in a file: `worker <file> <key> <first> <last>`. */

import { Sessions } from '@sessiongram/core';
import { SqliteSessionStore } from '@sessiongram/sqlite';

async function work(file: string, key: string, first: number, last: number): Promise<void> {
  const store = new SqliteSessionStore(file);
  const sessions = new Sessions<number[]>({ store, initial: () => [], leaseMs: 2_000 });
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  await Promise.all(numbers.map((number) => sessions.update(key, (all) => void all.push(number))));
  await sessions.close();
  store.close();
}

const [file = '', key = '', first, last] = process.argv.slice(2);
work(file, key, Number(first), Number(last)).catch((error: unknown) => {
  let reason = error;
  while (
    reason instanceof Error &&
    reason.cause instanceof Error &&
    !(reason.cause instanceof AggregateError)
  )
    reason = reason.cause;
  console.error(reason instanceof Error ? reason.message : reason);
  process.exitCode = 1;
});
