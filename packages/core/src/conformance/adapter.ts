/** All cases that an adapter is to pass. */

import type { AdapterCase, AdapterContext, AdapterOptions, AdapterSubject, Basket } from './adapter-case';
import { initial, SlowStore, textFrom, withBot } from './adapter-case';
import { keyAgreementCases, keylessUpdate } from './adapter-keys';
import { optionCases } from './adapter-options';
import { expectEqual, expectFailure, sleep } from './expect';

const UPDATES = Array.from({ length: 50 }, (_, index) => index + 1);
const OLD: Basket = { counter: 5, cart: ['a'] };
const broken = new Error('the handler failed');

/**
 * What an adapter promises, case by case.
 *
 * @example
 * ```ts
 * for (const each of adapterCases) test(each.name, () => each.run(subject));
 * ```
 */
export const adapterCases: readonly AdapterCase[] = [
  adapterCase('50 updates of one key at once count to 50, in order of arrival', async (subject, store) => {
    const seen: unknown[] = [];
    const handler = async (ctx: AdapterContext) => {
      const session = ctx.session as Basket;
      const { counter } = session;
      seen.push((ctx.update as { update_id: number }).update_id);
      await sleep(0);
      session.counter = counter + 1;
    };
    await withBot(subject, [subject.session({ store, initial })], handler, async (bot) => {
      await Promise.all(UPDATES.map((id) => bot.handle(textFrom(42, id))));
      expectEqual('errors', bot.errors, []);
    });
    expectEqual('what is stored', store.peek('42:42'), { counter: 50, cart: [] });
    expectEqual('the order of updates', seen, UPDATES);
  }),
  oneUpdate('a handler that fails changes nothing, and its error is told as it is', [], fail),
  oneUpdate(
    'with saveOnError, what a handler that fails has changed is kept, and its error is told as it is',
    ['set 42:42'],
    fail,
    { saveOnError: true },
  ),
  oneUpdate('a handler that does not touch the session costs no write', [], () => {}),
  oneUpdate('a handler that only reads the session costs no write', [], (ctx) => ctx.session?.cart.length),
  oneUpdate('what a handler changes in place is written once', ['set 42:42'], change),
  oneUpdate('what a handler assigns is written once', ['set 42:42'], (ctx) => {
    ctx.session = { counter: 6, cart: ['a', 'b'] };
  }),
  ...[null, undefined].map((nothing) =>
    oneUpdate(`${nothing} assigned to the session deletes it`, ['delete 42:42'], (ctx) => {
      ctx.session = nothing;
    }),
  ),
  adapterCase('a new session that nobody changes is not stored', async (subject, store) => {
    const seen: unknown[] = [];
    const handler = (ctx: AdapterContext) => seen.push(ctx.session?.counter);
    await withBot(subject, [subject.session({ store, initial })], handler, async (bot) => {
      await bot.handle(textFrom(42, 1));
      expectEqual('errors', bot.errors, []);
    });
    expectEqual('what the handler saw', seen, [0]);
    expectEqual('commands', store.commands, ['get 42:42']);
  }),
  adapterCase(
    'a get that fails reaches the error handler, and nothing is written',
    async (subject, store) => {
      let runs = 0;
      const handler = (ctx: AdapterContext) => {
        runs++;
        change(ctx);
      };
      store.texts.set('42:42', JSON.stringify(OLD));
      store.failure = new Error('the store is away');
      const { failure } = store;
      await withBot(subject, [subject.session({ store, initial })], handler, async (bot) => {
        await bot.handle(textFrom(42, 1));
        const [error] = bot.errors as { code?: unknown; cause?: unknown }[];
        expectEqual('code of the error', error?.code, 'SESSION_LOAD_FAILED');
        expectEqual('whether its cause is the error of the store', error?.cause === failure, true);
        expectEqual('runs of the handler and writes', [runs, store.writes], [0, []]);
        await bot.handle(textFrom(42, 2));
        expectEqual('errors after the next update', bot.errors.length, 1);
      });
      expectEqual('what is stored', store.peek('42:42'), { counter: 6, cart: ['a', 'b'] });
    },
  ),
  adapterCase(
    'a session assigned after its update has ended fails as SESSION_CLOSED',
    async (subject, store) => {
      const kept: AdapterContext[] = [];
      const handler = (ctx: AdapterContext) => {
        kept.push(ctx);
        change(ctx);
      };
      await withBot(subject, [subject.session({ store, initial })], handler, async (bot) => {
        await bot.handle(textFrom(42, 1));
        const [late] = kept as [AdapterContext];
        const assign = () => {
          late.session = OLD;
        };
        await expectFailure('the late assignment', assign, 'SESSION_CLOSED');
      });
      expectEqual('writes', store.writes, ['set 42:42']);
      expectEqual('what is stored', store.peek('42:42'), { counter: 1, cart: ['b'] });
    },
  ),
  adapterCase('two sessions under two properties do not disturb each other', async (subject, store) => {
    const other = new SlowStore();
    const middlewares = [
      subject.session({ store, initial }),
      subject.session({ store: other, initial, property: 'again' }),
    ];
    const handler = (ctx: AdapterContext) => {
      change(ctx);
      if (ctx.again) ctx.again.counter += 10;
    };
    await withBot(subject, middlewares, handler, async (bot) => {
      await Promise.all([bot.handle(textFrom(42, 1)), bot.handle(textFrom(42, 2))]);
      expectEqual('errors', bot.errors, []);
    });
    expectEqual('the one', store.peek('42:42'), { counter: 2, cart: ['b', 'b'] });
    expectEqual('the other', other.peek('42:42'), { counter: 20, cart: [] });
  }),
  adapterCase('the same engine installed twice is one session', async (subject, store) => {
    const sessions = subject.sessions({ store, initial });
    const middlewares = [subject.session({ sessions }), subject.session({ sessions, property: 'again' })];
    const handler = (ctx: AdapterContext) => {
      change(ctx);
      if (ctx.again) ctx.again.counter += 10;
    };
    await withBot(subject, middlewares, handler, async (bot) => {
      await bot.handle(textFrom(42, 1));
      expectEqual('errors', bot.errors, []);
    });
    expectEqual('what is stored', store.peek('42:42'), { counter: 11, cart: ['b'] });
    expectEqual('commands', store.commands, ['get 42:42', 'set 42:42']);
  }),
  ...(['by default', 'throw', 'undefined', 'ephemeral'] as const).map((policy) =>
    adapterCase(`an update without a key finds what onMissingKey says: ${policy}`, async (subject, store) => {
      const onMissingKey = policy === 'by default' ? {} : { onMissingKey: policy };
      const seen: unknown[] = [];
      const handler = (ctx: AdapterContext) => {
        seen.push(outcome(() => ctx.session));
        const assign = () => {
          ctx.session = { ...OLD };
          return ctx.session;
        };
        seen.push(outcome(assign));
      };
      const middleware = subject.session({ store, initial, ...onMissingKey });
      await withBot(subject, [middleware], handler, async (bot) => {
        await bot.handle(keylessUpdate);
        expectEqual('errors', bot.errors, []);
      });
      const found = {
        throw: ['SESSION_KEY_MISSING', 'SESSION_KEY_MISSING'],
        undefined: [undefined, OLD],
        ephemeral: [initial(), OLD],
      };
      expectEqual('what is read, and read after an assignment', seen, [
        ...found[policy === 'by default' ? subject.onMissingKey : policy],
      ]);
      expectEqual('commands', store.commands, []);
    }),
  ),
  ...keyAgreementCases,
  ...optionCases,
];

function adapterCase(
  name: string,
  run: (subject: AdapterSubject, store: SlowStore) => Promise<void>,
): AdapterCase {
  return { name, run: (subject) => run(subject, new SlowStore()) };
}

/** A case of one update of a stored session, and the writes that it is to cost. */
function oneUpdate(
  name: string,
  writes: readonly string[],
  handler: (ctx: AdapterContext) => unknown,
  options: AdapterOptions = {},
): AdapterCase {
  return adapterCase(name, async (subject, store) => {
    let runs = 0;
    const counted = (ctx: AdapterContext) => {
      runs++;
      return handler(ctx);
    };
    store.texts.set('42:42', JSON.stringify(OLD));
    await withBot(subject, [subject.session({ store, initial, ...options })], counted, async (bot) => {
      await bot.handle(textFrom(42, 1));
      const strangers = bot.errors.filter((error) => error !== broken);
      expectEqual("errors that are not the handler's own", strangers, []);
      expectEqual('errors', bot.errors.length, name.includes('fails') ? 1 : 0);
    });
    expectEqual('runs of the handler', runs, 1);
    expectEqual('commands', store.commands, ['get 42:42', ...writes]);
    const after = { set: { counter: 6, cart: ['a', 'b'] }, delete: undefined, none: OLD };
    const kind = (writes[0]?.split(' ')[0] ?? 'none') as keyof typeof after;
    expectEqual('what is stored', store.peek('42:42'), after[kind]);
  });
}

function change(ctx: AdapterContext): void {
  const session = ctx.session as Basket;
  session.counter++;
  session.cart.push('b');
}

async function fail(ctx: AdapterContext): Promise<never> {
  change(ctx);
  await sleep(0);
  throw broken;
}

/** What some work answers, or the code of its error. */
function outcome(work: () => unknown): unknown {
  try {
    return structuredClone(work());
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error);
  }
}
