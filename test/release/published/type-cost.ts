/** What an adapter costs the type checker, beside a bot without session, and beside the framework's own: in counts, which are exact, not in time. */

import { bots } from '../../types/bots';
import { writeFiles } from '../packing/project';
import { compile } from './compilers';

const MOST_PERCENT = 10;
const COUNTS = ['Identifiers', 'Symbols', 'Types', 'Instantiations'] as const;

/** vibegram is not on npm, so that there is nothing to install it from. */
export const measured: readonly string[] = ['grammy', 'telegraf'];

/** Answers the counts with our adapter as a share of those without, and fails where it costs too much. */
export async function measureTypes(project: string, framework: string): Promise<string> {
  const { alone, own, ours } = bots[framework as keyof typeof bots];
  const after = await countsOf(project, 'ours', ours);
  const told: string[] = [];
  for (const [beside, code] of Object.entries({ alone, own })) {
    const before = await countsOf(project, beside, code);
    const shares = COUNTS.map((name) => ({ name, percent: (after[name] / before[name] - 1) * 100 }));
    const words = shares.map(
      ({ name, percent }) => `${name} ${before[name]} -> ${after[name]}, ${percent.toFixed(1)} % more`,
    );
    told.push(`${beside}: ${words.join('; ')}`);
    if (shares.some(({ percent }) => !(percent < MOST_PERCENT)))
      throw new Error(`more than ${MOST_PERCENT} %: ${told.join(' | ')}`);
  }
  return told.join(' | ');
}

async function countsOf(
  project: string,
  folder: string,
  code: string,
): Promise<Record<(typeof COUNTS)[number], number>> {
  writeFiles(project, { [`${folder}/bot.mts`]: code });
  const options = { module: 'nodenext', moduleResolution: 'nodenext', skipLibCheck: true };
  const output = await compile(project, folder, '6', options, ['--extendedDiagnostics']);
  const count = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(output)?.[1]);
  return {
    Identifiers: count('Identifiers'),
    Symbols: count('Symbols'),
    Types: count('Types'),
    Instantiations: count('Instantiations'),
  };
}
