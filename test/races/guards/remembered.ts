/** The guards of what is remembered, touched and told. */

import { type Guard, guardsOf } from './guard';

const ofHandled = guardsOf('core/src/handled.ts');
const ofMiddleware = guardsOf('core/src/middleware.ts');
const ofTouching = guardsOf('core/src/touching.ts');
const ofMarks = guardsOf('core/src/marks.ts');
const ofTokens = guardsOf('core/src/tokens.ts');
const ofFailures = guardsOf('core/src/failures.ts');
const ofVetted = guardsOf('core/src/vetted.ts');

export const remembered: readonly Guard[] = [
  ofHandled(
    'that copies of the package remember together',
    'shared[SHARED] ??= new WeakMap();',
    'shared[SHARED] = new WeakMap();',
    'core/handled.test.ts',
    'is one for all who share a store, and another for another store',
  ),
  ofMiddleware(
    'that nobody skips inside of another session',
    'if (engine.skipsRedelivered && hasAnother(ctx, engine)) throw skipsForAnother(adapter.where);',
    '',
    'core/handled.test.ts',
    'is refused: the update would be skipped for the sake of one, and lost for the other',
  ),
  ofMiddleware(
    'that a session elsewhere on ctx is known',
    'if (place !== ctx && key !== undefined) remember(ctx, port, engine, key);',
    '',
    'adapters/grammy-multi.test.ts',
    'installed twice is one session each',
  ),
  ofMiddleware(
    'that a promise of a session is looked behind',
    'open instanceof Promised ? open.port : open',
    'open',
    'core/middleware-lazy.test.ts',
    'eager inside of lazy inside of eager is the data as well',
  ),
  ofHandled(
    'that engines of one store remember together',
    'if (handled === undefined) {',
    'if (owner !== undefined) {',
    'core/handled.test.ts',
    'is one for all who share a store, and another for another store',
  ),
  ofHandled(
    'that what is remembered is kept',
    "addMark(this.#marks.get(name) ?? '', updateMark(updateId))",
    'updateMark(updateId)',
    'core/handled.test.ts',
    'is remembered for 64 updates of a key',
  ),
  ofTouching(
    'that a store without touch is not touched',
    'store.touch !== undefined && store.supports?.ttl === undefined',
    'store.supports?.ttl === undefined',
    'core/middleware-lazy.test.ts',
    'waits for nobody',
  ),
  ofTouching(
    'that a store that renews by itself is not touched',
    'store.touch !== undefined && store.supports?.ttl === undefined',
    'store.touch !== undefined',
    'core/touching.test.ts',
    'a store that names the capability (ttl: true) is not told',
  ),
  ofTouching(
    'that nothing is not touched',
    'this.#isOld = stored != null;',
    'this.#isOld = true;',
    'core/touching.test.ts',
    'what is not stored is not touched',
  ),
  ofTouching(
    'that what was saved is not touched',
    "if (change.kind !== 'none') this.#isOld = false;",
    '',
    'core/touching.test.ts',
    'a session that was saved early and not changed since is not touched as well',
  ),
  ofTouching(
    'that what is written is not touched',
    "if (change.kind === 'none' && this.#isOld && !this.turn.lost)",
    'if (this.#isOld && !this.turn.lost)',
    'core/touching.test.ts',
    'the next update has its turn when the touch is done',
  ),
  ofTouching(
    'that what was read is touched',
    "if (change.kind === 'none' && this.#isOld && !this.turn.lost) await this.#touch();",
    '',
    'core/touching.test.ts',
    'a session that was untouched is touched once',
  ),
  ofTouching(
    'that a failed touch is told',
    "      saveFailed(this.turn.key, 'touch', cause);\n",
    '',
    'core/touching.test.ts',
    'a touch that fails is told, and the session stays',
  ),
  ofMarks(
    'that the first mark stands alone',
    "if (marks === '') return mark;",
    '',
    'core/lease-redelivery.test.ts',
    'leaves its mark in the same commit as its data',
  ),
  ofMarks(
    'that no mark is there twice',
    'if (hasMark(marks, mark)) return marks;',
    '',
    'core/lease-redelivery.test.ts',
    'leaves its mark in the same commit as its data',
  ),
  ofMarks(
    'that no marks have none',
    "marks !== '' && ",
    '',
    'core/marks.test.ts',
    'are none where nothing was left',
  ),
  ofTokens(
    'that tokens are random anew',
    '    used = 0;\n  }',
    '    used = 0;\n    pool.fill(7);\n  }',
    'core/marks.test.ts',
    'are 16 characters of base64url, each another',
  ),
  ofTokens(
    'that a process has one name',
    'contender ??= newToken();',
    'contender = newToken();',
    'core/marks.test.ts',
    'name this process, by one and the same',
  ),
  ofFailures(
    'that what cannot be decoded is told as corrupt',
    "if (codeOf(cause) === 'VALUE_CORRUPT') {",
    "if (codeOf(cause) === '') {",
    'core/schema.test.ts',
    'repairs text that a store cannot decode, of which it is given the raw text',
  ),
  ofFailures(
    'that what does not open is told so',
    "  if (codeOf(cause) === 'VALUE_UNDECRYPTABLE') throw undecryptable(key, cause);\n  const text =\n    'The store failed to read",
    "  const text =\n    'The store failed to read",
    'core/schema.test.ts',
    'is not asked about a failure of the code VALUE_UNDECRYPTABLE',
  ),
  ofVetted(
    'that a repair is written',
    "if (change.kind === 'none') return this.#repair;",
    "if (change.kind === 'none') return change;",
    'core/schema.test.ts',
    'is given what is stored and the error, and its answer is the session, stored when the handler is done',
  ),
  ofVetted(
    'that nothing is not vetted',
    'if (schema === undefined || stored == null) return',
    'if (schema === undefined) return',
    'core/schema.test.ts',
    'is asked by save() as well',
  ),
  ofVetted(
    'that there need be no schema',
    'if (schema === undefined || stored == null) return',
    'if (stored == null) return',
    'core/handled.test.ts',
    'runs an update once',
  ),
  ofVetted(
    'that there need be no onCorrupt',
    'if (onCorrupt === undefined) throw error;',
    '',
    'core/schema.test.ts',
    'refuses stored data that do not fit, and they stay',
  ),
];
