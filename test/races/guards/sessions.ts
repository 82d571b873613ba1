/** The guards of an update on its way through the engine. */

import { type Guard, guardsOf } from './guard';

const ofVisit = guardsOf('core/src/visit.ts');
const ofDrain = guardsOf('core/src/drain.ts');
const ofLead = guardsOf('core/src/lead.ts');
const ofEntrance = guardsOf('core/src/entrance.ts');
const ofVetted = guardsOf('core/src/vetted.ts');
const ofFailures = guardsOf('core/src/failures.ts');

export const sessions: readonly Guard[] = [
  ofVisit(
    'that save() after the end is refused',
    "if (this.#phase !== 'open') return Promise.reject(this.#refusal());\n    return this.#inTurn(async () => {\n      this.#refuseUnlessInside();\n      const change",
    'return this.#inTurn(async () => {\n      const change',
    'core/sessions-release.test.ts',
    'refuses save(), reload() and a second release() during the work',
  ),
  ofVisit(
    'that a change during release() is told',
    "if (this.#phase === 'away') return this.#refuseChange();\n    this.#phase",
    "if (this.#phase === 'away') return;\n    this.#phase",
    'core/sessions-release.test.ts',
    'fails with SESSION_BUSY when the turn does not come again in time, and the session refuses changes',
  ),
  ofVisit(
    'that the turn waits for what is under way',
    'return this.#busy === undefined ? this.#giveBack() : this.#busy.then(() => this.#giveBack());',
    'return this.#giveBack();',
    'core/sessions-save-reload.test.ts',
    'that is on its way when the handler throws keeps the next from reading until it is done',
  ),
  ofVisit(
    'that an assignment during the last write is told',
    'handle.close(); // an assignment would come too late from here on, and has to be told',
    '',
    'core/promises-late-writes.test.ts',
    'an assignment is told, or it is written, but it does not vanish',
  ),
  ofVisit(
    'that a failed return gives the turn back',
    'hold.release();\n      throw error;',
    'throw error;',
    'core/sessions-release.test.ts',
    'refuses what was changed during the work, and what the others wrote stays',
  ),
  ofVisit(
    'that a change without the turn is refused',
    'this.#refuseChange();\n      this.#hold = hold;',
    'this.#hold = hold;',
    'core/sessions-release.test.ts',
    'refuses what was changed during the work, and what the others wrote stays',
  ),
  ofVisit(
    'one command after the other',
    'this.#busy === undefined ? command() : this.#busy.then(command)',
    'command()',
    'core/sessions-save-reload.test.ts',
    'saved first, not awaited: the reload reads what was saved',
  ),
  ofDrain(
    'that a key is a string',
    "if (typeof key !== 'string' || key === '') throw notAKey(key);",
    '',
    'core/sessions-calls.test.ts',
    'undefined is told as missing',
  ),
  ofDrain(
    'that a closed engine takes no work',
    'if (this.#closing !== undefined && !isInside(outer, this)) throw engineClosed(key);',
    '',
    'core/sessions-close.test.ts',
    'run() is refused, and the store hears nothing',
  ),
  ofDrain(
    'that close() from inside is refused',
    'if (isInside(currentScope(), this)) return Promise.reject(closedFromInside());',
    '',
    'core/sessions-close.test.ts',
    'fails at once instead of waiting for itself, and closes nothing',
  ),
  ofDrain(
    'that work counts once',
    'if (!this.#counts) return;',
    '',
    'core/lease-calls.test.ts',
    'does not wait for a lease that was being given back when its turn was lost',
  ),
  ofDrain(
    'that close() waits for what goes on behind',
    'this.#running++;\n    void work.then(() => this.ended());',
    'void work;',
    'core/lease-calls.test.ts',
    'waits until the leases are given back',
  ),
  ofDrain(
    'that close() in time takes the turns of the late',
    '        revoke();\n',
    '',
    'races/guards.test.ts',
    'takes the turns of those who still run, whose changes are refused',
  ),
  ofDrain(
    'that close() in time refuses those who wait',
    '        this.isOver = true;\n',
    '',
    'races/guards.test.ts',
    'refuses those who still wait',
  ),
  ofLead(
    'that what a handler that threw has changed is dropped',
    "ifItThrows === 'keep' ? settleAfter(error, visit) : undefined",
    'settleAfter(error, visit)',
    'core/middleware.test.ts',
    'passes on the error of the rest, and writes nothing',
  ),
  ofLead(
    'that a redelivered update does not run',
    'if (visit.redelivered) return leaveAfter(work, visit, undefined as R);',
    '',
    'core/handled.test.ts',
    'runs an update once',
  ),
  ofEntrance(
    'that a failed load gives the turn back',
    '(value) => this.#opened(hold, work, initial, value),\n        (error) => releaseAfter(hold, error),',
    '(value) => this.#opened(hold, work, initial, value),',
    'core/promises-failures.test.ts',
    'is told, runs no handler, writes nothing, and the next update works',
  ),
  ofVetted(
    'that only what cannot be decoded is repaired',
    "if (cause?.code !== 'VALUE_CORRUPT') throw error;",
    '',
    'core/schema.test.ts',
    'is not asked about a failure of the code VALUE_UNDECRYPTABLE',
  ),
  ofVetted(
    'that what is saved fits the schema',
    "if (change.kind === 'set' && schema !== undefined)",
    "if (change.kind === 'set' && schema === null)",
    'core/schema.test.ts',
    'refuses what a handler leaves that does not fit, the old data stay, and the next update works',
  ),
  ofFailures(
    'that a refusal of a value is told as one',
    'if (refusal !== undefined) {',
    'if (refusal === null) {',
    'core/lease-refused-values.test.ts',
    'because it is too large leaves the old data and gives the lease back at once',
  ),
];
