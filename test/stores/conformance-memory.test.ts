/** The memory store keeps the contract of every store. */

import { memorySubject } from './in-memory';
import { registerStoreCases } from './register';

registerStoreCases('MemorySessionStore', memorySubject(), {
  lacks: ['another', 'dropLock', 'encodes', 'leases', 'putRaw'],
});
