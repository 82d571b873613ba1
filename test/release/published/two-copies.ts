/** Two copies of core in one tree, of one format or of both: they recognise each other's errors and share turns. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail } from '../packing/command';
import { writeFiles } from '../packing/project';

const PROGRAM = `
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as one from '@sessiongram/core';
import { session } from '@sessiongram/telegraf';
import * as other from './again/dist/index.js';
const required = createRequire(import.meta.url)('@sessiongram/core');

for (const second of [other, required]) {
  assert.notEqual(second.Sessions, one.Sessions, 'there is only one copy');

  for (const [mine, yours] of [[one, second], [second, one]]) {
    const error = new mine.SessionError('SESSION_BUSY', 'The turn did not come.');
    assert(error instanceof yours.SessionError, 'an error of the other copy is not recognised');
    class Special extends yours.SessionError {}
    assert(!(error instanceof Special), 'an error is taken for one of a class that it is not of');
    assert(new Special('SESSION_BUSY', 'The turn did not come.') instanceof mine.SessionError);
  }
  for (const stranger of [new Error('x'), { name: 'SessionError', code: 'SESSION_BUSY' }, null, undefined, 1]) {
    assert(!(stranger instanceof second.SessionError), 'a stranger is taken for an error of ours');
  }

  const store = new one.MemorySessionStore();
  const initial = () => ({ counter: 0 });
  const engines = [new one.Sessions({ store, initial }), new second.Sessions({ store, initial })];
  await Promise.all(Array.from({ length: 50 }, (_, index) =>
    engines[index % 2].run('42:42', async ({ data }) => {
      const { counter } = data;
      await new Promise((resolve) => setTimeout(resolve, 0));
      data.counter = counter + 1;
    })));
  assert.deepEqual(await engines[0].read('42:42'), { counter: 50 });
  await assert.rejects(
    engines[0].run('42:42', () => engines[1].run('42:42', () => {})),
    (error) => error instanceof one.SessionError && error.code === 'SESSION_REENTERED',
  );

  // An adapter that runs on one copy, with an engine made by the other.
  const middleware = session({ sessions: engines[1] });
  const update = { message: { from: { id: 42 }, chat: { id: 42, type: 'private' } } };
  const ctx = { update };
  await middleware(ctx, async () => { ctx.session.counter++; });
  assert.deepEqual(await engines[0].read('42:42'), { counter: 51 });
}
`;

/** Puts a second copy into a project, as a package manager does that cannot share one, and runs both. */
export async function meetAgain(project: string): Promise<string> {
  const core = join(project, 'node_modules', '@sessiongram', 'core');
  cpSync(core, join(project, 'again'), { recursive: true, dereference: true });
  writeFiles(project, { 'two-copies.mjs': PROGRAM });
  const outcome = await run(process.execPath, ['two-copies.mjs'], { cwd: project });
  if (!outcome.ok) throw new Error(tail(outcome, 25));
  return 'two of one format, and ESM beside CommonJS';
}
