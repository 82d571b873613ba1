/** How cases compare: without a test runner, and with words for what came instead. */

/** Fails unless two values are equal as data. The order of members does not count, and a member `undefined` is none. */
export function expectEqual(what: string, came: unknown, expected: unknown): void {
  if (!equals(came, expected)) throw new Error(`${what}: expected ${show(expected)}, came ${show(came)}`);
}

/** Fails unless something holds. */
export function expectThat(what: string, holds: boolean, came: unknown): void {
  if (!holds) throw new Error(`${what}: came ${show(came)}`);
}

/** Fails unless some work fails, and answers its error. */
export async function expectFailure(what: string, work: () => unknown, code?: string): Promise<Error> {
  let answer: unknown;
  try {
    answer = await work();
  } catch (error) {
    const came = (error as { code?: unknown } | null)?.code;
    expectThat(`${what}: expected an Error`, error instanceof Error, error);
    if (code !== undefined && came !== code)
      throw new Error(`${what}: expected the code ${code}, came ${show(came)} (${error})`, { cause: error });
    return error as Error;
  }
  throw new Error(`${what}: expected a failure${code === undefined ? '' : ` ${code}`}, came ${show(answer)}`);
}

/** Whether some work succeeds, for what may be done or refused. */
export async function succeeds(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

/** Lets real time pass. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether two values are equal as data; cycles are followed once. */
export function equals(a: unknown, b: unknown, met: Map<unknown, unknown> = new Map()): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (met.has(a)) return met.get(a) === b;
  met.set(a, b);
  if (kindOf(a) !== kindOf(b)) return false;
  if (a instanceof Date) return equals(a.getTime(), (b as Date).getTime());
  if (a instanceof Map || a instanceof Set) return equals([...a], [...(b as Map<unknown, unknown>)], met);
  const names = namesOf(a);
  return (
    names.length === namesOf(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equals(member(a, name), member(b, name), met))
  );
}

/** Plain objects are of one kind, with or without the prototype. */
function kindOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function namesOf(value: object): string[] {
  return Object.keys(value).filter((name) => member(value, name) !== undefined);
}

function member(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name];
}

function show(value: unknown): string {
  if (value instanceof Error) return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {}
  text ??= String(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
