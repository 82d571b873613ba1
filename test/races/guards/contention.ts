// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** The guards of the contention for a lease. */

import { type Guard, guardsOf } from './guard';

const ofContend = guardsOf('core/src/contend.ts');
const ofMarks = guardsOf('core/src/marks.ts');
const ofTokens = guardsOf('core/src/tokens.ts');

export const contention: readonly Guard[] = [
  ofContend(
    'that a lease that came too late is given back',
    'if (isOver) return tooLate(answer);',
    'if (isOver) return;',
    'core/lease-waiting.test.ts',
    'ends the wait also while the store does not answer, and gives back a lease that comes later',
  ),
  ofContend(
    'that a store that is away is given up',
    'const isHopeless = performance.now() - failingSince > leaseMs;',
    'const isHopeless = false;',
    'core/lease-failures.test.ts',
    'for longer than a lease lives is given up, and the handler never runs',
  ),
  ofContend(
    'that only what passes is asked again',
    ' || !mayPass(store, answer.cause)',
    '',
    'core/lease-failures.test.ts',
    'and whose error is of another kind is not asked again',
  ),
  ofContend(
    'that a lost turn asks no more',
    "if (!('granted' in answer && answer.granted)) kept(turn, undefined);",
    '',
    'core/lease-waiting.test.ts',
    'and is refused then does not ask again',
  ),
  ofContend(
    'that a key is asked for when it is free',
    'Math.min(answer.remainingMs, answer.reserved ? RESERVED_POLL_MS : jittered(POLL_MS))',
    'answer.reserved ? RESERVED_POLL_MS : jittered(POLL_MS)',
    'core/lease-waiting.test.ts',
    'whose holder has died is asked for no later than its lease ends',
  ),
  ofContend(
    'that the hold begins with the lease',
    'turn.renew(); // the hold begins with the lease, not with the wait for it',
    '',
    'core/lease-waiting.test.ts',
    'does not cost the first of those who wait its turn, however long it takes',
  ),
  ofContend(
    'that maxWaitMs ends the wait for others',
    'if (performance.now() >= busyAt) throw busy(turn);',
    '',
    'core/lease-waiting.test.ts',
    'ends the wait for a lease with SESSION_BUSY, on time',
  ),
  ofContend(
    'a token of its own for each attempt',
    'asked = request(leaseMs, lost[attempts++ % lost.length]);',
    'asked = { ...asked, previous: lost[attempts++ % lost.length] };',
    'core/lease-failures.test.ts',
    'is asked again with a fresh token, and told the one before',
  ),
  ofContend(
    'that an attempt without answer is named',
    'lost.push(asked.token);',
    '',
    'core/lease-failures.test.ts',
    'is asked again with a fresh token, and told the one before',
  ),
  ofContend(
    'that a key that is free may take a round trip',
    'Math.max(busyAt, turn.asked + ROUND_TRIP_MS)',
    'busyAt',
    'core/lease-waiting.test.ts',
    'of 0 waits for nobody, but has a key that is free',
  ),
  ofContend(
    'that a later answer may not take longer than maxWaitMs',
    '    answerBy = busyAt;\n',
    '',
    'core/lease-timing.test.ts',
    'does not wait beyond maxWaitMs for a later answer, however short that is',
  ),
  ofContend(
    'that an answer renews the patience with a store',
    'failingSince = undefined;\n',
    '',
    'core/lease-timing.test.ts',
    'whose store fails twice, with an answer in between, has its patience anew',
  ),
  ofContend(
    'that an answer ends the growing of pauses',
    'retries = 0;\n',
    '',
    'core/lease-timing.test.ts',
    'whose store has answered in between asks again as soon as after its first failure',
  ),
  ofContend(
    'that no pause goes beyond maxWaitMs',
    'Math.min(waitMs, busyAt - performance.now())',
    'waitMs',
    'core/lease-waiting.test.ts',
    'ends the wait for a lease with SESSION_BUSY, on time',
  ),
  ofContend(
    'that a strange answer is refused',
    "if (typeof (answer as LeaseAnswer<S> | null | undefined)?.granted === 'boolean') return answer;",
    'if (answer !== null) return answer;',
    'core/lease-failures.test.ts',
    'but undefined, is told what it has to answer',
  ),
  ofContend(
    'that a lease that cannot be given back ends no process',
    '} catch {}',
    '} finally {}',
    'core/promises-unawaited.test.ts',
    'a lease that comes too late and cannot be given back leaves none',
  ),
  ofContend(
    'the longest timer of the platforms',
    'Math.min(Math.max(0, at - performance.now()), LONGEST_TIMER_MS)',
    'Math.max(0, at - performance.now())',
    'core/lease-timing.test.ts',
    'with a maxWaitMs above what a timer can take waits for the store',
  ),
  ofContend(
    'that a lease that is given back leaves the marks',
    'mark: undefined, marks',
    "mark: '', marks: ''",
    'core/lease-waiting.test.ts',
    'ends the wait also while the store does not answer, and gives back a lease that comes later',
  ),
  ofMarks(
    'that the last 64 updates are remembered',
    '(isCommit ? COMMITS : UPDATES)',
    'COMMITS',
    'core/marks.test.ts',
    'are those of the last 64 updates',
  ),
  ofMarks(
    'that commits push out no updates',
    "const like = all.filter((each) => each.startsWith('.') === isCommit);",
    'const like = all;',
    'core/marks.test.ts',
    'of other commits do not push those of updates out, nor the other way round',
  ),
  ofMarks(
    'that the last 8 other commits are remembered',
    '(isCommit ? COMMITS : UPDATES)',
    'UPDATES',
    'core/marks.test.ts',
    'are those of the last 8 other commits',
  ),
  ofMarks(
    'that a mark is a whole word',
    '`,${marks},`.includes(`,${mark},`)',
    'marks.includes(mark)',
    'core/marks.test.ts',
    'of "17" do not have "7"',
  ),
  ofTokens(
    'that no two tokens are equal',
    'used = 0;\n  }',
    'used = 0;\n  }\n  used = 0;',
    'core/lease-calls.test.ts',
    'delete removes what is there, and harms nothing where nothing is',
  ),
];
