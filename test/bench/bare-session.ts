/** A session that does no more than it must: what a session in memory can reach at all. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { MemorySessionStore } from '@sessiongram/core';
import type { BenchMiddleware } from './contestants';
import type { BenchContext } from './contexts';

/** What it takes from the measured package, because it must do the same: the key of an update, and the store. */
export interface Parts {
  readonly byChatAndUser: (ctx: { readonly update: object }) => string | undefined;
  readonly MemorySessionStore: typeof MemorySessionStore;
}

interface Bare {
  readonly stored: object | undefined;
  value: object | undefined;
}

type BareContext = BenchContext & { [BARE]?: Bare };

const BARE = Symbol('bare session');
const scopes = new AsyncLocalStorage<object>();

/**
 * For one process: an update has its turn and its scope, its own copy, and is written where that has changed, and nothing
 * unstorable goes in. There is no queue: who comes second is refused. No deadline, no lease, no event, no `save()`, no
 * second session, no draft, no error of its own, and plain objects and arrays alone.
 */
export function bareSession(parts: Parts, initial: () => object): BenchMiddleware {
  const store = new parts.MemorySessionStore<object>();
  const held = new Map<string, object>();
  const exposed = new WeakSet<object>();

  const expose = (prototype: object): void => {
    Object.defineProperty(prototype, 'session', {
      configurable: true,
      get(this: BareContext) {
        const bare = this[BARE] as Bare;
        bare.value ??= bare.stored === undefined ? initial() : copied(bare.stored);
        return bare.value;
      },
    });
    exposed.add(prototype);
  };

  return (ctx: BareContext, next) => {
    const key = parts.byChatAndUser(ctx as { update: object }) as string;
    if (held.has(key)) return Promise.reject(new Error('The session is in use.'));
    held.set(key, ctx);
    const bare: Bare = { stored: store.getShared(key), value: undefined };
    const prototype = Object.getPrototypeOf(ctx) as object;
    if (!exposed.has(prototype)) expose(prototype);
    ctx[BARE] = bare;
    return scopes.run(ctx, next).then(
      () => {
        const { value, stored } = bare;
        if (value !== undefined && !same(value, stored)) store.setOwned(key, vetted(value));
        held.delete(key);
      },
      (error) => {
        held.delete(key);
        throw error;
      },
    );
  };
}

/** A copy of what was vetted before. */
function copied(source: object): object {
  if (Array.isArray(source)) return source.map((each) => (isObject(each) ? copied(each) : each));
  const target: Record<string, unknown> = { ...source };
  for (const name in target) {
    const value = target[name];
    if (isObject(value)) target[name] = copied(value);
  }
  return target;
}

/** A copy of what a handler has made, in which nothing may be that could not be given back. */
function vetted(source: object): object {
  if (Array.isArray(source)) return source.map((each) => (isObject(each) ? vetted(each) : each));
  const target: Record<string, unknown> = { ...source };
  for (const name of namesOf(source)) {
    const value = memberOf(source, name);
    if (isObject(value)) target[name] = vetted(value);
  }
  return target;
}

function same(a: object, b: object | undefined): boolean {
  if (b === undefined || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Array.isArray(a) ? Object.keys(a) : namesOf(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (name !== others[index]) return false;
    const value = memberOf(a, name);
    const other = (b as Record<string, unknown>)[name];
    if (isObject(value) && isObject(other) ? !same(value, other) : !Object.is(value, other)) return false;
  }
  return true;
}

function namesOf(source: object): string[] {
  const names = Object.getOwnPropertyNames(source);
  if (Object.getOwnPropertySymbols(source).length > 0) throw new Error('A member under a symbol.');
  return names;
}

function memberOf(source: object, name: string): unknown {
  const own = Object.getOwnPropertyDescriptor(source, name) as PropertyDescriptor;
  if (!own.enumerable || own.writable === undefined) throw new Error('An accessor, or a hidden member.');
  if (typeof own.value === 'function') throw new Error('A function.');
  return own.value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
