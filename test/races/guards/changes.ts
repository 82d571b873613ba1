/** The guards of the comparison of what a handler has with what is stored. */

import { type Guard, guardsOf } from './guard';

const ofChange = guardsOf('core/src/data/change.ts');

export const changes: readonly Guard[] = [
  ofChange(
    'that one object in two places stays one',
    'if (!way.enters(source)) throw UNUSUAL;',
    'way.enters(source);',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object is in two places',
  ),
  ofChange(
    'that accessors are refused',
    'if (get !== undefined || set !== undefined) throw UNUSUAL;',
    '',
    'core/snapshot-change.test.ts',
    'is refused where data.total is an accessor',
  ),
  ofChange(
    'that a member that was removed counts',
    '&& names.length === oldNames.length',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where a member was removed',
  ),
  ofChange(
    'that the length of a list counts',
    'let isSame = old?.length === target.length;',
    'let isSame = old !== undefined;',
    'core/snapshot-change.test.ts',
    'is what was made of it where a list has become shorter',
  ),
  ofChange(
    'that instances are copied as such',
    'if (!isPlain(prototype)) throw UNUSUAL;',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where a date was turned',
  ),
  ofChange(
    'that another prototype counts',
    'baseline !== undefined && Object.getPrototypeOf(baseline) === prototype ? baseline : undefined',
    'baseline',
    'core/snapshot-change.test.ts',
    'is what was made of it where an object has another prototype',
  ),
  ofChange(
    'that functions are refused',
    "if (typeof value === 'function' || typeof value === 'symbol') throw UNUSUAL;",
    '',
    'core/snapshot-change.test.ts',
    'is refused where data.total is a function',
  ),
  ofChange(
    'that knots of the baseline are kept',
    ' && !hasKnots(baseline)',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object in two places has become two',
  ),
  ofChange(
    'that the order of members counts',
    'if (name !== oldNames[index]) isSame = false;',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where members have changed places',
  ),
  ofChange(
    'that what is deep is left to copies',
    'if (++this.#depth > DEEP) return false;',
    '',
    'core/snapshot-change.test.ts',
    'is refused where data.a.a.a.a.a.a.a.a… is nested too deeply',
  ),
  ofChange(
    'that what is inherited is no part of the old version',
    'const before = isThere ? old?.[name] : undefined;',
    'const before = old?.[name];',
    'core/snapshot-change.test.ts',
    'has no part of an object that others inherit from',
  ),
  ofChange(
    'that a hole counts',
    'alike !== undefined && isDense(alike, Array.prototype) ? alike : undefined',
    'alike as unknown[] | undefined',
    'core/snapshot-change.test.ts',
    'is what was made of it where a hole was filled',
  ),
  ofChange(
    'that depth is not the number of objects',
    'this.#depth--;',
    '',
    'core/snapshot-change.test.ts',
    'holds them where there are more of them than objects may lie in each other',
  ),
  ofChange(
    'that few objects are known again',
    'if (this.#few.includes(object)) return false;',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object is in two places',
  ),
];
