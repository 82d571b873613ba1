/** What one user says to a bot of scenes, what is said there, and what is stored of it. */

import { beforeEach } from 'vitest';
import type { Connection } from '../support/frameworks';
import { RecordingStore } from '../support/recording-store';
import { textFrom } from './subjects';

export interface Talk<S> {
  readonly store: RecordingStore<S>;
  /** What the handlers have noted, in order. */
  readonly said: string[];
  /** Writes texts as user 42, one after the other. */
  say(connection: Connection, ...texts: string[]): Promise<void>;
}

/** Another one for each test. */
export function useTalk<S>(): Talk<S> {
  let store: RecordingStore<S>;
  let said: string[];
  let nextId: number;

  beforeEach(() => {
    store = new RecordingStore();
    said = [];
    nextId = 1;
  });

  return {
    get store() {
      return store;
    },
    get said() {
      return said;
    },
    async say(connection, ...texts) {
      for (const text of texts) await connection.handle(textFrom(42, nextId++, text));
    },
  };
}
