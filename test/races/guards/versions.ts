/** The guards of new versions, and of what was met on the way. */

import { type Guard, guardsOf } from './guard';

const ofChange = guardsOf('core/src/data/change.ts');
const ofTrail = guardsOf('core/src/data/trail.ts');

export const versions: readonly Guard[] = [
  ofChange(
    'that equal data is no change',
    'return same(value, baseline) ? baseline : copyOf(value);',
    'return copyOf(value);',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that what an array holds is no part of a new version',
    '    if (target !== undefined) target[index] = now;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that the elements before a change are none of the handler',
    '[...(old as unknown[]).slice(0, index), ...source.slice(index)]',
    'source.slice()',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a changed element is a change',
    'if (target === undefined && !Object.is(now, before))\n      target =',
    'if (target === null)\n      target =',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an element -0 is not 0',
    'target === undefined && !Object.is(now, before)',
    'target === undefined && now !== before',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an equal array is no change',
    'let target = old?.length === source.length ? undefined : source.slice();',
    'let target: unknown[] | undefined = source.slice();',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a changed member is a change',
    '    if (!isSame) target ??= begun(source, prototype, old, oldNames, count);\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a member -0 is not 0',
    'isInPlace && Object.is(now, before);',
    'isInPlace && now === before;',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an array that has not changed is copied where it was not there before',
    '? undefined : source.slice();',
    '? undefined : (source as unknown[]);',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an equal object is no change',
    'return isAlike && count === oldNames.length ? old : begun(',
    'return begun(',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a new version holds no object of the handler',
    '    if (target !== undefined && now !== value) target[name] = now;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that the members before a change are none of the handler',
    '    if (isObject(before)) target[name] = before;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofTrail(
    'that an object that was met twice is a knot',
    '    if (known !== undefined) this.hasKnots = true;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofTrail(
    'that many objects are found back',
    '    this.#back?.set(b, a);\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofTrail(
    'that many objects are found',
    '    if (this.#met !== undefined) return this.#met.get(source);\n',
    '',
    'core/snapshot-structure.test.ts',
    'that stands in two places among many is one object in the copy',
  ),
  ofTrail(
    'that many counterparts are found',
    'if (few[at] === target) return few[at - 1];',
    'if (few[at] === target) return undefined;',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
];
