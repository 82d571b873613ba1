/** Memory in use after everything that can go has gone. */

/** Bytes on the heap and in the arrays beside it. */
export function heapAfterGc(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
