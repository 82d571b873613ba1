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
    'if (isObject(value)) target[index] = version(value, isObject(before) ? before : undefined, way);',
    'if (isObject(value)) version(value, undefined, way);',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a changed element is a change',
    '    if (isSame && !Object.is(target[index], before)) isSame = false;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an element -0 is not 0',
    'if (isSame && !Object.is(target[index], before))',
    'if (isSame && target[index] !== before)',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an equal array is no change',
    'return isSame ? (old as unknown[]) : target;',
    'return target;',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a changed member is a change',
    '      if (!Object.is(checked(value), before)) isSame = false;\n',
    '      checked(value);\n',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a member -0 is not 0',
    'if (!Object.is(checked(value), before))',
    'if (checked(value) !== before)',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a change further in is a change',
    '    if (now !== before) isSame = false;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that an equal object is no change',
    '  if (isSame) return old as object;\n',
    '',
    'core/snapshot-change.test.ts',
    'is what a comparison and a copy come to, or is refused in the same words',
  ),
  ofChange(
    'that a new version holds no object of the handler',
    '    target[parts[index] as string] = parts[index + 1];\n',
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
