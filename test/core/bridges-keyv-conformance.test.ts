/** A Keyv keeps the contract of every store, but for what it does not offer. */

import { Keyv as Keyv6 } from 'keyv';
import { Keyv as Keyv5 } from 'keyv5';
import { fromKeyv } from '../../packages/core/src/bridges/keyv';
import { registerStoreCases } from '../stores/register';

const LACKS = ['dropLock', 'encodes', 'leases', 'passTime', 'putRaw', 'ttl'] as const;

for (const [version, Keyv] of [
  ['5', Keyv5],
  ['6', Keyv6],
] as const) {
  registerStoreCases(
    `fromKeyv(Keyv ${version})`,
    {
      open() {
        const data = new Map();
        const store = () => fromKeyv(new Keyv({ store: data, namespace: 'sessions' }));
        return { store: store(), another: store, close() {} };
      },
    },
    { lacks: LACKS },
  );
}

registerStoreCases(
  'fromKeyv(Keyv 6 without serializer)',
  { open: () => ({ store: fromKeyv(new Keyv6({ serialization: false })), close() {} }) },
  { lacks: [...LACKS, 'another'] },
);

registerStoreCases(
  'fromKeyv(Keyv 5 as it comes)',
  { open: () => ({ store: fromKeyv(new Keyv5()), close() {} }) },
  { lacks: [...LACKS, 'another'] },
);
