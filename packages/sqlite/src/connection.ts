/** A connection from its first use to its end: opened once, made ready once, patient while others write. */

import type { MaybePromise } from '@sessiongram/core';
import { Client, isBusy, type SqliteDatabase } from './client';
import { type OwnDatabase, openDatabase } from './driver';

/**
 * Set on files that are opened here; a borrowed connection keeps its owner's settings. SQLite waits for other writers by
 * blocking the thread, so it is told to give up soon, and the rest of the wait goes on without blocking.
 */
const SETTINGS = 'PRAGMA busy_timeout=20; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;';

/** For how long a call waits for other writers, all attempts together. */
const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 40;

/** Runs work on a connection as soon as there is one. */
export class Connection {
  readonly #source: string | SqliteDatabase;
  readonly #makeReady: (client: Client) => void;
  #own: OwnDatabase | undefined;
  #opening: Promise<Client> | undefined;
  #client: Client | undefined;
  #isReady = false;
  #isClosed = false;

  /**
   * @param source - a path, opened at first use and then owned; or a database, which is borrowed
   * @param makeReady - comes before the first work, and again where it failed
   */
  constructor(source: string | SqliteDatabase, makeReady: (client: Client) => void) {
    this.#source = source;
    this.#makeReady = makeReady;
  }

  /**
   * Runs work, and runs it again where it found the database locked. Answers at once unless the database is still to be
   * opened or another connection writes for longer than the driver waits.
   */
  run<T>(work: (client: Client) => T): MaybePromise<T> {
    try {
      const client = this.#ready();
      return client instanceof Promise ? this.#keepTrying(work, client) : work(client);
    } catch (error) {
      if (!isBusy(error)) throw error;
      return this.#keepTrying(work, pause(0));
    }
  }

  /** Closes what was opened here. Calls that come later fail, those under way may. */
  close(): void {
    this.#isClosed = true;
    this.#client = undefined;
    const own = this.#own;
    this.#own = undefined;
    own?.close();
  }

  async #keepTrying<T>(work: (client: Client) => T, first: Promise<unknown>): Promise<T> {
    const endsAt = performance.now() + PATIENCE_MS;
    let underWay = first;
    for (let retries = 1; ; retries++) {
      try {
        await underWay;
        return work(await this.#ready());
      } catch (error) {
        if (!isBusy(error) || performance.now() > endsAt) throw error;
        underWay = pause(retries);
      }
    }
  }

  #ready(): MaybePromise<Client> {
    if (this.#isReady && this.#client !== undefined) return this.#client;
    if (this.#isClosed) throw closed();
    const client = this.#client ?? this.#open();
    return client instanceof Promise ? client.then((opened) => this.#prepare(opened)) : this.#prepare(client);
  }

  #prepare(client: Client): Client {
    if (this.#isReady) return client;
    if (this.#own !== undefined) client.exec(SETTINGS);
    this.#makeReady(client);
    this.#isReady = true;
    return client;
  }

  #open(): MaybePromise<Client> {
    if (typeof this.#source !== 'string') {
      this.#client = new Client(this.#source);
      return this.#client;
    }
    if (this.#opening !== undefined) return this.#opening;
    const opened = openDatabase(this.#source);
    if (!(opened instanceof Promise)) return this.#keep(opened);
    this.#opening = opened
      .then((database) => this.#keep(database))
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  #keep(database: OwnDatabase): Client {
    if (this.#isClosed) {
      database.close();
      throw closed();
    }
    this.#own = database;
    this.#client = new Client(database);
    return this.#client;
  }
}

function closed(): Error {
  return new Error('The SQLite session store was closed and takes no more calls.');
}

/** Longer with each attempt, and never the same in two processes. */
function pause(retries: number): Promise<void> {
  const longest = Math.min(2 ** (retries + 1), LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, longest * Math.random()));
}
