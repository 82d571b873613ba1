/** The guards of the memory store. */

import { type Guard, guardsOf } from './guard';

const ofMemory = guardsOf('core/src/memory.ts');
const ofLinks = guardsOf('core/src/links.ts');
const ofLives = guardsOf('core/src/lives.ts');

export const memory: readonly Guard[] = [
  ofMemory(
    'that a read is a use',
    '    renew(this.#uses, slot);\n    return true;',
    '    return true;',
    'core/memory.test.ts',
    'a read keeps an entry from being the next to leave',
  ),
  ofMemory(
    'that a write is a use',
    'renew(this.#uses, known);',
    '',
    'core/memory.test.ts',
    'a write over an entry keeps it from being the next to leave',
  ),
  ofMemory(
    'the cap',
    'this.#reached < this.#max || ',
    'this.#reached < this.#max * 2 || ',
    'core/memory.test.ts',
    'the entry that was written first leaves first when nothing was used since',
  ),
  ofMemory(
    'that what was pushed out is gone',
    'this.#slots.delete(goneKey);',
    '',
    'core/memory.test.ts',
    'the entry that was written first leaves first when nothing was used since',
  ),
  ofMemory(
    'that places are used again',
    'this.#free.push(slot);',
    '',
    'core/memory.test.ts',
    'places are used again however often entries come and go',
  ),
  ofMemory(
    'that dropping does not start itself anew',
    'if (this.#expiring) return Date.now();',
    '',
    'core/memory-ttl.test.ts',
    'may ask for the size while 20 000 entries end at once',
  ),
  ofMemory(
    'that what has ended is absent',
    'if (this.#lives.isOver(slot, now)) {',
    'if (slot < 0) {',
    'core/memory-ttl.test.ts',
    'an entry is there until its time has passed, and gone from then on',
  ),
  ofMemory(
    'that what is handed out is a copy',
    'return copyOf(this.getShared(key));',
    'return this.getShared(key);',
    'core/memory-values.test.ts',
    'what a caller changes in what it was given does not reach the store',
  ),
  ofMemory(
    'that what is kept is a copy',
    'this.setOwned(key, copyOf(value));',
    'this.setOwned(key, value);',
    'core/memory-values.test.ts',
    'what a caller changes after it was stored does not reach the store',
  ),
  ofMemory(
    'that a write renews the time',
    'this.#lives?.renew(known, now);',
    '',
    'core/memory-ttl.test.ts',
    'a write renews the time',
  ),
  ofMemory(
    'that clear() frees no place twice',
    '    this.#free = [];\n  }',
    '  }',
    'core/memory.test.ts',
    'a cleared store holds its cap again, also where places were free before',
  ),
  ofMemory(
    'that what has ended leaves before what lives',
    'const now = this.#dropEnded();',
    'const now = Date.now();',
    'core/memory-ttl.test.ts',
    'an ended entry gives up its place before a living one has to',
  ),
  ofMemory(
    'that touch is a use',
    'if (slot !== undefined) this.#use(slot);',
    '',
    'core/memory-fixed.test.ts',
    'touch keeps a session from being the next to be pushed out all the same',
  ),
  ofMemory(
    'that what has ended has no size',
    'get size(): number {\n    this.#dropEnded();',
    'get size(): number {',
    'core/memory-fixed.test.ts',
    'get does not lengthen the life of a session',
  ),
  ofMemory(
    'that what has ended has no key',
    '}): Generator<string, void> {\n    this.#dropEnded();',
    '}): Generator<string, void> {',
    'core/memory-fixed.test.ts',
    'a session that is in constant use ends before a younger one that nobody uses',
  ),
  ofMemory(
    'that who listens no more is told nothing',
    'return () => void this.#watchers?.delete(listener);',
    'return () => {};',
    'core/memory.test.ts',
    'whoever listens no more is told of no eviction',
  ),
  ofLinks(
    'that the ring is closed backwards',
    'links[after * 2 + BEFORE] = before;',
    '',
    'core/memory.test.ts',
    '100 000 distinct keys leave exactly the 5 000 that were used last',
  ),
  ofLinks(
    'that the ring is closed forwards',
    'links[before * 2 + AFTER] = after;',
    '',
    'core/memory.test.ts',
    'a read keeps an entry from being the next to leave',
  ),
  ofLives(
    'that a use does not lengthen a fixed time',
    'if (this.#starts === undefined) this.#deadlines',
    'this.#deadlines',
    'core/memory-fixed.test.ts',
    'get does not lengthen the life of a session',
  ),
  ofLives(
    'that fixed times end in the order of their starts',
    'return first(this.#starts ?? uses);',
    'return first(uses);',
    'core/memory-fixed.test.ts',
    'sessions end in the order of their first writes',
  ),
  ofLives(
    'that ends are kept when there is more room',
    'deadlines.set(this.#deadlines);',
    '',
    'core/memory-fixed.test.ts',
    'each of 1 000 sessions ends on its own millisecond, however they are used',
  ),
];
