/** All guards of the sources. */

import { data } from './data';
import type { Guard } from './guard';
import { leases } from './leases';
import { sessions } from './sessions';
import { stores } from './stores';
import { turns } from './turns';

export const guards: readonly Guard[] = [...turns, ...leases, ...sessions, ...data, ...stores];
