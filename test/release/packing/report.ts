/** What was checked with what result: a line for each while it runs, and a summary at the end. */

export type Verdict = 'ok' | 'FAILED' | 'cannot run';

export interface Line {
  readonly of: string;
  readonly what: string;
  readonly verdict: Verdict;
  /** What passed, in a word, or why it did not. */
  readonly detail: string;
}

export class Report {
  readonly lines: Line[] = [];

  /** Runs a check, which answers what passed, and throws {@link CannotRun} where it cannot run here. */
  async check(of: string, what: string, work: () => Promise<string> | string): Promise<boolean> {
    try {
      return this.#add({ of, what, verdict: 'ok', detail: await work() });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return this.#add({ of, what, verdict: error instanceof CannotRun ? 'cannot run' : 'FAILED', detail });
    }
  }

  /** Prints what could not run and what failed, and makes the process end as failed where something did. */
  close(): void {
    const of = (verdict: Verdict): Line[] => this.lines.filter((line) => line.verdict === verdict);
    const [failed, absent] = [of('FAILED'), of('cannot run')];
    console.log(`\n${of('ok').length} passed, ${failed.length} failed, ${absent.length} could not run here`);
    for (const { of, what, detail } of absent)
      console.log(`  could not run: ${of}, ${what}: ${firstLine(detail)}`);
    for (const { of, what } of failed) console.log(`  failed: ${of}, ${what}`);
    if (failed.length > 0) process.exitCode = 1;
  }

  #add(line: Line): boolean {
    this.lines.push(line);
    const { of, what, verdict, detail } = line;
    const shown = verdict === 'FAILED' ? `\n${indented(detail)}` : firstLine(detail);
    console.log(`${verdict.padEnd(10)} ${of}: ${what}${shown === '' ? '' : ` (${shown})`}`);
    return verdict === 'ok';
  }
}

/** Tells that a check makes no sense here, such as a runtime that is not to be had; no failure of ours. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
