/** The words of a refusal at the door. */

import { expect } from 'vitest';

/** What is said of a misuse, which must be a TypeError; `not refused` where nothing is. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  }
  return 'not refused';
}
