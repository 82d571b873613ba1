/** With a fixed time, the row of a session keeps the end that its first write has set. */

import { SqliteSessionStore } from '@sessiongram/sqlite';
import { KEY, registerFixedTtl, TTL_MS } from './fixed-ttl';
import { select, useFolder } from './sqlite-drivers';

const files = useFolder();

registerFixedTtl('SqliteSessionStore', {
  make: (options) => new SqliteSessionStore(files.folder.file(), options),
  async open() {
    const store = files.openStore({ ttlMs: TTL_MS, ttl: 'fixed' });
    await store.get(KEY);
    const aside = files.openAside();
    return {
      store,
      async left() {
        const [row] = select(aside, `SELECT lives_until FROM sessions WHERE value IS NOT NULL`);
        const end = row?.['lives_until'] as number | null;
        return end === null ? undefined : end - Date.now();
      },
      pass: async (ms) => void aside.exec(`UPDATE sessions SET lives_until = lives_until - ${ms}`),
      putEndless: async (value) =>
        void aside.exec(`INSERT INTO sessions (key, value) VALUES ('${KEY}', '${JSON.stringify(value)}')`),
      purge: () => store.purge(),
    };
  },
});
