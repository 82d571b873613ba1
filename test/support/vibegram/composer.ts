/** Middleware in the order of an onion, and the filters that put it there. */

import type { Middleware, Next, Trigger, VibegramComposer, VibegramContext } from './shape';

type Test<C> = (ctx: C) => boolean;

export class Composer<C extends VibegramContext = VibegramContext> implements VibegramComposer<C> {
  readonly #stack: Middleware<C>[] = [];

  use(...middleware: Middleware<C>[]): this {
    this.#stack.push(...middleware);
    return this;
  }

  /** Lets through an update of one of the kinds, or a message that has one of these fields. */
  on(kind: string | string[], ...middleware: Middleware<C>[]): this {
    const kinds = [kind].flat();
    const has = (holder: object | undefined, name: string) =>
      holder != null && Reflect.get(holder, name) != null;
    return this.#when(
      ({ update, message }) => kinds.some((k) => has(update, k) || has(message, k)),
      middleware,
    );
  }

  command(name: string | string[], ...middleware: Middleware<C>[]): this {
    const names = [name].flat();
    return this.#when((ctx) => {
      const [word = '', ...args] = ctx.message?.text?.split(' ') ?? [];
      const called = /^\/([^@]+)/.exec(word)?.[1];
      if (called == null || !names.includes(called)) return false;
      ctx.command = { name: called, args };
      return true;
    }, middleware);
  }

  hears(trigger: Trigger, ...middleware: Middleware<C>[]): this {
    return this.#when((ctx) => matches(ctx, ctx.message?.text, trigger), middleware);
  }

  action(trigger: Trigger, ...middleware: Middleware<C>[]): this {
    return this.#when((ctx) => matches(ctx, ctx.update.callback_query?.data, trigger), middleware);
  }

  middleware(): Middleware<C> {
    return compose(this.#stack);
  }

  #when(passes: Test<C>, middleware: Middleware<C>[]): this {
    const inner = compose(middleware);
    return this.use((ctx, next) => (passes(ctx) ? inner(ctx, next) : next()));
  }
}

/** One middleware out of many: each runs around the next, and may call it once. */
function compose<C extends VibegramContext>(stack: readonly Middleware<C>[]): Middleware<C> {
  return (ctx, last) => {
    let reached = -1;
    const run = async (position: number): Promise<void> => {
      if (position <= reached) throw new Error('next() was called twice by one middleware');
      reached = position;
      const middleware = stack[position];
      const next: Next = () => run(position + 1);
      await (middleware == null ? last() : middleware(ctx, next));
    };
    return run(0);
  };
}

function matches(ctx: VibegramContext, text: string | undefined, trigger: Trigger): boolean {
  if (!text) return false;
  for (const wanted of [trigger].flat() as (string | RegExp)[]) {
    // `String.match` ignores where an earlier search with the same expression ended, unlike `RegExp.exec`.
    const match = typeof wanted === 'string' ? null : text.match(wanted);
    if (match == null && wanted !== text) continue;
    ctx.match = match;
    return true;
  }
  return false;
}
