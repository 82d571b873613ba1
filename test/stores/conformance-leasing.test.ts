/** The reference of the lease capability, which the engine's tests run on; its clock is turned. */

import { leasingSubject } from './in-memory';
import { registerStoreCases } from './register';

registerStoreCases('LeasingStore', leasingSubject(), { lacks: ['ttl'] });
