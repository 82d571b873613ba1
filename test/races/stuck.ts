/** Whether the processes of a fleet can write at all. */

import Libsql from 'libsql';
import type { Place } from './place';

const PATIENCE_MS = 100;

/**
 * Whether one process keeps all others from writing. In SQLite, who writes locks the whole file: while it is frozen in
 * that moment, nobody else can save, and no store can change that.
 */
export function isStuck(place: Place): boolean {
  if (place.kind !== 'sqlite') return false;
  const database = new Libsql(place.path, { timeout: PATIENCE_MS });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}
