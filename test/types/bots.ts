/** One small bot a framework, with no session, with the framework's own, and with ours: what a session costs the compiler. */

/** The code of one framework's bots. */
export interface Bots {
  /** With no session at all. */
  readonly alone: string;
  /** With the framework's own `session()`. */
  readonly own: string;
  /** With the `session()` of our adapter. */
  readonly ours: string;
}

export const bots: Readonly<Record<'grammy' | 'telegraf' | 'vibegram', Bots>> = {
  grammy: {
    alone: alone("import { Bot, type Context } from 'grammy';", 'Bot<Context>'),
    own: bot(
      "import { Bot, type Context, type SessionFlavor, session } from 'grammy';",
      'Bot<Context & SessionFlavor<MySession>>',
    ),
    ours: bot(
      "import { Bot, type Context } from 'grammy';\nimport { type SessionFlavor, session } from '@sessiongram/grammy';",
      'Bot<Context & SessionFlavor<MySession>>',
    ),
  },
  telegraf: {
    alone: alone("import { type Context, Telegraf } from 'telegraf';", 'Telegraf<Context>'),
    own: bot(
      "import { type Context, session, Telegraf } from 'telegraf';",
      'Telegraf<Context & { session: MySession }>',
      'defaultSession',
    ),
    ours: bot(
      "import { Telegraf } from 'telegraf';\nimport { type SessionContext, session } from '@sessiongram/telegraf';",
      'Telegraf<SessionContext<MySession>>',
    ),
  },
  vibegram: {
    alone: alone("import { Bot } from 'vibegram';", 'Bot'),
    own: bot("import { Bot, session } from 'vibegram';", 'Bot'),
    ours: bot("import { Bot } from 'vibegram';\nimport { session } from '@sessiongram/vibegram';", 'Bot'),
  },
};

function alone(imports: string, type: string): string {
  return `${imports}
const bot = new ${type}('token');
bot.on('message', async (ctx) => { await ctx.reply('Hello'); });
export {};
`;
}

function bot(imports: string, type: string, initial = 'initial'): string {
  return `${imports}
interface MySession { counter: number; cart: string[]; locale: string }
const bot = new ${type}('token');
bot.use(session({ ${initial}: (): MySession => ({ counter: 0, cart: [], locale: 'en' }) }));
bot.on('message', async (ctx) => { await ctx.reply(\`Messages sent: \${ctx.session.counter++}\`); });
export {};
`;
}
