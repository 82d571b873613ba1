/** What an adapter costs the type checker, beside the framework's own session: in counts, which are exact, not in time. */

import { writeFiles } from '../packing/project';
import { compile } from './compilers';

const MOST_PERCENT = 10;
const COUNTS = ['Types', 'Instantiations'] as const;

/** A bot of each framework, with the framework's own session and with ours. */
const bots: Readonly<Record<string, { alone: string; ours: string }>> = {
  grammy: {
    alone: bot(
      "import { Bot, type Context, type SessionFlavor, session } from 'grammy';",
      'Bot<Context & SessionFlavor<MySession>>',
    ),
    ours: bot(
      "import { Bot, type Context } from 'grammy';\nimport { type SessionFlavor, session } from '@sessiongram/grammy';",
      'Bot<Context & SessionFlavor<MySession>>',
    ),
  },
  telegraf: {
    alone: bot(
      "import { type Context, session, Telegraf } from 'telegraf';",
      'Telegraf<Context & { session: MySession }>',
      'defaultSession',
    ),
    ours: bot(
      "import { Telegraf } from 'telegraf';\nimport { type SessionContext, session } from '@sessiongram/telegraf';",
      'Telegraf<SessionContext<MySession>>',
    ),
  },
};

export const measured: readonly string[] = Object.keys(bots);

/** Answers the counts with our adapter as a share of those without, and fails where it costs too much. */
export async function measureTypes(project: string, framework: string): Promise<string> {
  const { alone, ours } = bots[framework] as { alone: string; ours: string };
  const [before, after] = [await countsOf(project, 'alone', alone), await countsOf(project, 'ours', ours)];
  const shares = COUNTS.map((name) => ({ name, percent: (after[name] / before[name] - 1) * 100 }));
  const told = shares
    .map(({ name, percent }) => `${name} ${before[name]} -> ${after[name]}, ${percent.toFixed(1)} % more`)
    .join('; ');
  if (shares.some(({ percent }) => !(percent < MOST_PERCENT)))
    throw new Error(`more than ${MOST_PERCENT} %: ${told}`);
  return told;
}

function bot(imports: string, type: string, initial = 'initial'): string {
  return `${imports}
interface MySession { counter: number; cart: string[]; locale: string }
const bot = new ${type}('token');
bot.use(session({ ${initial}: (): MySession => ({ counter: 0, cart: [], locale: 'en' }) }));
bot.on('message', async (ctx) => { await ctx.reply(\`Messages sent: \${ctx.session.counter++}\`); });
`;
}

async function countsOf(
  project: string,
  folder: string,
  code: string,
): Promise<Record<(typeof COUNTS)[number], number>> {
  writeFiles(project, { [`${folder}/bot.mts`]: `${code}\nexport {};\n` });
  const options = { module: 'nodenext', moduleResolution: 'nodenext', skipLibCheck: true };
  const output = await compile(project, folder, '6', options, ['--extendedDiagnostics']);
  const count = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(output)?.[1]);
  return { Types: count('Types'), Instantiations: count('Instantiations') };
}
