/** A Keyv keeps the contract of every store, but for what it does not offer. */

import { Keyv as Keyv6 } from 'keyv';
import { Keyv as Keyv5 } from 'keyv5';
import { fromKeyv } from '../../packages/core/src/bridges/keyv';
import { registerStoreCases } from '../stores/register';

const LACKS = ['dropLock', 'encodes', 'leases', 'passTime', 'putRaw', 'ttl'] as const;

const versions = {
  5: (store: Map<string, unknown>) => new Keyv5({ store, namespace: 'sessions' }),
  6: (store: Map<string, unknown>) => new Keyv6({ store, namespace: 'sessions' }),
};

for (const [version, keyvOver] of Object.entries(versions)) {
  registerStoreCases(
    `fromKeyv(Keyv ${version})`,
    {
      open() {
        const data = new Map<string, unknown>();
        const store = () => fromKeyv(keyvOver(data));
        return { store: store(), another: store, close() {} };
      },
    },
    { lacks: LACKS },
  );
}

const asTheyCome = {
  'Keyv 5 as it comes': () => new Keyv5(),
  'Keyv 6 as it comes': () => new Keyv6(),
  'Keyv 6 without serializer': () => new Keyv6({ serialization: false }),
};

for (const [name, create] of Object.entries(asTheyCome)) {
  registerStoreCases(
    `fromKeyv(${name})`,
    { open: () => ({ store: fromKeyv(create()), close() {} }) },
    { lacks: [...LACKS, 'another'] },
  );
}
