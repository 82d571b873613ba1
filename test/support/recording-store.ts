/** Stores that tests can look into and hold up, and the promise that a test settles by hand. */

import { setImmediate } from 'node:timers/promises';
import { serialize } from 'node:v8';
import type { SessionStore } from '@sessiongram/core';

/** A promise that a test settles by hand. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] | undefined;
  let reject: Deferred<T>['reject'] | undefined;
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve: (value) => resolve?.(value), reject: (error) => reject?.(error) };
}

/** Answers at once, like a `Map`, and writes down every command. Keeps the very object it is given. */
export class RecordingStore<S> implements SessionStore<S> {
  readonly commands: string[] = [];
  readonly values = new Map<string, S>();

  get(key: string): Promise<S | undefined> | S | undefined {
    this.commands.push(`get ${key}`);
    return this.values.get(key);
  }

  set(key: string, value: S): Promise<unknown> | unknown {
    this.commands.push(`set ${key}`);
    this.values.set(key, value);
    return undefined;
  }

  delete(key: string): Promise<unknown> | unknown {
    this.commands.push(`delete ${key}`);
    this.values.delete(key);
    return undefined;
  }

  /** The commands that change something. */
  get writes(): string[] {
    return this.commands.filter((command) => !command.startsWith('get '));
  }

  /** What is stored, as bytes: no deep change of it goes unseen. */
  bytes(key: string): string {
    return serialize(this.values.get(key)).toString('hex');
  }
}

/** Answers a command only when a test lets it pass, and writes down which commands of one key have overlapped. */
export class HeldStore<S> extends RecordingStore<S> {
  readonly overlaps: string[] = [];
  readonly #held: (() => void)[] = [];
  readonly #underWay = new Map<string, number>();

  /** How many commands wait for their answer. */
  get held(): number {
    return this.#held.length;
  }

  /** Carries out a command that is held up, the oldest unless told otherwise. */
  pass(index = 0): void {
    const [carryOut] = this.#held.splice(index, 1);
    carryOut?.();
  }

  override get(key: string): Promise<S | undefined> {
    return this.#hold('get', key, () => super.get(key) as S | undefined);
  }

  override set(key: string, value: S): Promise<unknown> {
    return this.#hold('set', key, () => super.set(key, value));
  }

  override delete(key: string): Promise<unknown> {
    return this.#hold('delete', key, () => super.delete(key));
  }

  async #hold<R>(command: string, key: string, carryOut: () => R): Promise<R> {
    const before = this.#underWay.get(key) ?? 0;
    if (before > 0) this.overlaps.push(`${command} ${key}`);
    this.#underWay.set(key, before + 1);
    await new Promise<void>((resolve) => this.#held.push(resolve));
    this.#underWay.set(key, (this.#underWay.get(key) ?? 0) - 1);
    return carryOut();
  }
}

/** Answers one command per turn of the event loop, in an order that looks random and is the same in every run. */
export class ShuffledStore<S> extends HeldStore<S> {
  #seed = 1;
  #pumping = false;

  override get(key: string): Promise<S | undefined> {
    void this.#pump();
    return super.get(key);
  }

  override set(key: string, value: S): Promise<unknown> {
    void this.#pump();
    return super.set(key, value);
  }

  override delete(key: string): Promise<unknown> {
    void this.#pump();
    return super.delete(key);
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    do {
      await setImmediate();
      this.#seed = (this.#seed * 48271) % 2147483647;
      this.pass(this.#seed % this.held);
    } while (this.held > 0);
    this.#pumping = false;
  }
}
