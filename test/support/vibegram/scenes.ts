/** Scenes and wizards, which keep their place in the session under names of their own. */

import { Composer } from './composer';
import type { Middleware, VibegramContext, VibegramScene, VibegramWizard } from './shape';

export class Scene<C extends VibegramContext = VibegramContext>
  extends Composer<C>
  implements VibegramScene<C>
{
  readonly id: string;

  constructor(id: string) {
    super();
    this.id = id;
  }
}

/** Hands an update of somebody inside a scene to that scene, and what the scene passes on to the rest of the bot. */
export class Stage<C extends VibegramContext = VibegramContext> {
  readonly #scenes: ReadonlyMap<string, VibegramScene<C>>;

  constructor(scenes: VibegramScene<C>[]) {
    this.#scenes = new Map(scenes.map((scene) => [scene.id, scene]));
  }

  middleware(): Middleware<C> {
    return async (ctx, next) => {
      requireSession(ctx, 'Stage');
      ctx.scene = {
        state: ctx.session.__scene_state || {},
        current: ctx.session.__scene_id,
        enter: (id, state) => place(ctx, id, state),
        reenter: (state) => {
          if (ctx.session.__scene_id) place(ctx, ctx.session.__scene_id, state);
        },
        leave: () => {
          delete ctx.session.__scene_id;
          delete ctx.session.__scene_state;
          Object.assign(ctx.scene ?? {}, { current: undefined, state: {} });
        },
      };
      const scene = this.#scenes.get(ctx.session.__scene_id);
      await (scene == null ? next() : scene.middleware()(ctx, next));
    };
  }
}

/** Leads somebody through steps, one update each; updates of others pass by. */
export class Wizard implements VibegramWizard {
  readonly id: string;
  readonly #steps: readonly ((ctx: VibegramContext) => unknown)[];

  constructor(id: string, steps: ((ctx: VibegramContext) => unknown)[]) {
    this.id = id;
    this.#steps = steps;
  }

  middleware(): Middleware {
    return async (ctx, next) => {
      requireSession(ctx, 'Wizard');
      if (ctx.session.__wizard_id !== this.id) return next();
      const cursor = ctx.session.__wizard_cursor || 0;
      const controls = this.#control(ctx, cursor);
      const step = this.#steps[cursor];
      if (step != null) return step(ctx);
      controls.leave();
      return next();
    };
  }

  /** Starts the wizard and runs its first step at once. */
  async enter(ctx: VibegramContext): Promise<void> {
    requireSession(ctx, 'Wizard');
    Object.assign(ctx.session, { __wizard_id: this.id, __wizard_cursor: 0, __wizard_state: {} });
    this.#control(ctx, 0);
    await this.#steps[0]?.(ctx);
  }

  #control(ctx: VibegramContext, cursor: number): NonNullable<VibegramContext['wizard']> {
    const goto = (step: number): void => {
      ctx.session.__wizard_cursor = Math.max(0, Math.trunc(step) || 0);
      ctx.session.__wizard_state = ctx.wizard?.state;
    };
    ctx.wizard = {
      state: ctx.session.__wizard_state || {},
      cursor,
      goto,
      next: () => goto(cursor + 1),
      back: () => goto(cursor - 1),
      leave: () => {
        delete ctx.session.__wizard_id;
        delete ctx.session.__wizard_cursor;
        delete ctx.session.__wizard_state;
      },
    };
    return ctx.wizard;
  }
}

function place(ctx: VibegramContext, id: string, state: unknown): void {
  ctx.session.__scene_id = id;
  ctx.session.__scene_state = state || {};
  Object.assign(ctx.scene ?? {}, { current: id, state: ctx.session.__scene_state });
}

function requireSession(ctx: VibegramContext, who: string): void {
  if (!ctx.session) throw new Error(`${who} needs session() to be registered before it`);
}
