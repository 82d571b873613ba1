/** Stores for the conformance suite over a server of the races, bundled so that something can be taken out of them. */

import { randomBytes } from 'node:crypto';
import type { SessionStore } from '@sessiongram/core';
import type { StoreSubject } from '@sessiongram/core/conformance';
import { type OpenPlace, openPlace, type Place } from './place';

export { Sessions } from '@sessiongram/core';
export { storeCases } from '@sessiongram/core/conformance';
export { openPlace } from './place';

/** Each store has a corner of its own at this place, and each `another` a connection of its own. */
export function subjectAt(place: Place): StoreSubject {
  return {
    async open() {
      const corner = `corner_${randomBytes(6).toString('hex')}_`;
      const opened: OpenPlace[] = [];
      const another = async (): Promise<SessionStore> => {
        const next = await openPlace(place, corner);
        opened.push(next);
        return next.store;
      };
      return {
        store: await another(),
        another,
        close: async () => void (await Promise.all(opened.map((each) => each.close()))),
      };
    },
  };
}
