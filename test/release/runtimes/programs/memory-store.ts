/** The store cases on the memory store. */

import { MemorySessionStore } from '@sessiongram/core';
import { probe, type StoreSubject, storeCases } from '@sessiongram/core/conformance';
import { runCases, type SuiteResult } from './suite';

const subject: StoreSubject = {
  open({ ttlMs } = {}) {
    const { now } = Date;
    let passed = 0;
    Date.now = () => now() + passed;
    return {
      store: new MemorySessionStore(ttlMs === undefined ? {} : { ttlMs }),
      passTime(ms) {
        passed += ms;
      },
      close() {
        Date.now = now;
      },
    };
  },
};

export async function memoryStore(): Promise<SuiteResult> {
  const missing = await probe(subject);
  const apt = storeCases.filter((each) => missing(each).length === 0);
  const cases = apt.map(({ name, run }) => ({ name, run: () => run(subject) }));
  return runCases(cases, storeCases.length - apt.length);
}
