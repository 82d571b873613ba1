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
    'if (!own.enumerable || own.writable === undefined) throw UNUSUAL;',
    'if (!own.enumerable) throw UNUSUAL;',
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
    'let isSame = old?.length === source.length;',
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
    'isObject(baseline) && Object.getPrototypeOf(baseline) === prototype ? baseline : undefined',
    'isObject(baseline) ? baseline : undefined',
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
    '    if (!isInPlace) isSame = false;\n',
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
    'isInPlace || (old !== undefined && Object.hasOwn(old, name)) ? old?.[name] : undefined;',
    'old?.[name];',
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
    'that hidden members are refused',
    'if (!own.enumerable || own.writable === undefined) throw UNUSUAL;',
    'if (own.writable === undefined) throw UNUSUAL;',
    'core/snapshot-change.test.ts',
    'is refused where data is an object with members under symbols or hidden ones',
  ),
  ofChange(
    'that members under symbols are refused',
    'if (Object.getOwnPropertySymbols(source).length > 0) throw UNUSUAL;',
    '',
    'core/snapshot-change.test.ts',
    'is refused where data is an object with members under symbols or hidden ones',
  ),
  ofChange(
    'that the second object is known again',
    'else if (this.#second === object) return false;',
    '',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object is in two places',
  ),
  ofChange(
    'that the third object is known again',
    'return this.#third !== object && this.#isNew(object);',
    'return this.#isNew(object);',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object after another is in two places',
  ),
  ofChange(
    'that one of many objects is known again',
    'return this.#more.add(object).size > size;',
    'return this.#more.add(object).size >= size;',
    'core/snapshot-change.test.ts',
    'is what was made of it where one object after two others is in two places',
  ),
];
