/** All guards of the sources. */

import { changes } from './changes';
import { contention } from './contention';
import { data } from './data';
import { drafts } from './drafts';
import { encoding } from './encoding';
import type { Guard } from './guard';
import { leases } from './leases';
import { memory } from './memory';
import { memoryEnds } from './memory-ends';
import { mongodb } from './mongodb';
import { postgres } from './postgres';
import { redis } from './redis';
import { sessions } from './sessions';
import { sqlite } from './sqlite';
import { turns } from './turns';
import { visits } from './visits';

export const guards: readonly Guard[] = [
  ...changes,
  ...data,
  ...drafts,
  ...encoding,
  ...memory,
  ...memoryEnds,
  ...turns,
  ...leases,
  ...contention,
  ...visits,
  ...sessions,
  ...sqlite,
  ...redis,
  ...postgres,
  ...mongodb,
];
