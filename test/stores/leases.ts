/** Words for leases in tests of one store. */

import type { LeaseGrant, LeaseRequest } from '@sessiongram/core';
import { expect } from 'vitest';

let asked = 0;

export function request(more: Partial<LeaseRequest> = {}): LeaseRequest {
  const token = `token${asked++}`.padEnd(16, '_');
  return { token, leaseMs: 60_000, contender: 'a'.repeat(16), reserveMs: 150, ...more };
}

export function granted(answer: unknown): LeaseGrant<unknown> {
  expect(answer).toMatchObject({ granted: true });
  return answer as LeaseGrant<unknown>;
}

export const NONE = { change: { kind: 'none' }, mark: undefined, marks: '' } as const;

export function setTo(value: unknown, mark?: string) {
  return { change: { kind: 'set', value }, mark, marks: mark ?? '' } as const;
}
