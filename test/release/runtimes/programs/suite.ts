/** A suite of cases that runs anywhere, and what came of it, as plain data. */

/** Of one suite on one runtime. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  /** How many cases need what the subject does not offer. */
  readonly skipped: number;
  /** Why nothing could run at all. */
  readonly absent?: string;
}

export type Suite = () => Promise<SuiteResult>;

interface NamedCase {
  readonly name: string;
  run(): Promise<void>;
}

/** Runs cases and never rejects. Several at once where each has a subject of its own and waits for time to pass. */
export async function runCases(cases: readonly NamedCase[], skipped = 0, atOnce = 1): Promise<SuiteResult> {
  const failed: { name: string; error: string }[] = [];
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name } = next;
      await next.run().catch((error: unknown) => failed.push({ name, error: textOf(error) }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { passed: cases.length - failed.length, failed, skipped };
}

/** Says why a suite cannot run here. */
export function absent(reason: unknown): SuiteResult {
  return { passed: 0, failed: [], skipped: 0, absent: textOf(reason).split('\n')[0] as string };
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
