/** The guards that keep handlers from waiting for each other for ever. */

import { type Guard, guardsOf } from './guard';

const ofCircle = guardsOf('core/src/circle.ts');
const ofTurns = guardsOf('core/src/turns.ts');

const test = 'core/turns-circle.test.ts';

export const circles: readonly Guard[] = [
  ofCircle(
    'that a circle is seen through others',
    'if (!seen.has(next) && next.waiting.has(holder) && leadsBack(next, to, seen)) return true;',
    '',
    test,
    'of two: one is told, the others go on',
  ),
  ofCircle(
    'that only those count that hold the holder up',
    ' && next.waiting.has(holder) && ',
    ' && ',
    test,
    'is not seen in a wait that only takes long, nor in those behind it',
  ),
  ofCircle(
    'that a circle goes through several stores',
    '  shared[SHARED] ??= new Set();\n  return shared[SHARED];',
    '  return new Set();',
    test,
    'through several stores: one is told, the others go on',
  ),
  ofCircle(
    'that those who have no turn are not watched',
    '  if (![...waiting].some((scope) => scope.turn !== undefined)) return NOTHING;\n',
    '',
    test,
    'is not seen where nobody waits who has a turn',
  ),
  ofCircle(
    'that the running handler is held up, and not only the one whose session it is',
    ', ...chain(liveScope())]',
    ']',
    test,
    'of lazy sessions that handlers look at in different orders',
  ),
  ofCircle(
    'that a wait that is over is forgotten',
    '    waits().delete(wait);\n',
    '',
    test,
    'is looked for no longer where the turn has come',
  ),
  ofCircle(
    'that a wait that is over is looked at no more',
    '    clearTimeout(look);\n',
    '',
    test,
    'is looked for no longer where the turn has come',
  ),
  ofTurns(
    'that one who is told of a circle waits no longer',
    '        this.#leave(turn);\n        reject(error);',
    '        reject(error);',
    test,
    'of two: one is told, the others go on',
  ),
];
