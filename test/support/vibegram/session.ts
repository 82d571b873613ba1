/** Sessions as the framework has them: a queue per key in one process, and a write after every update. */

import type { Middleware, VibegramSessionOptions, VibegramStore } from './shape';

export class MemorySessionStore implements VibegramStore {
  readonly #entries = new Map<string, { value: unknown; until: number }>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;

  constructor(ttlMs = 86_400_000, maxEntries = 10_000) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry == null || entry.until < Date.now()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: unknown): void {
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, until: Date.now() + this.#ttlMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

export function session<S>(options: VibegramSessionOptions<S> = {}): Middleware {
  const store = options.store ?? new MemorySessionStore();
  const keyOf =
    options.getSessionKey ?? (({ chat, from }) => (chat && from ? `${chat.id}:${from.id}` : undefined));
  const last = new Map<string, Promise<void>>();

  return async (ctx, next) => {
    const key = keyOf(ctx);
    if (!key) return next();

    const run = async (): Promise<void> => {
      let value: unknown = (await store.get(key)) || (options.initial?.() ?? {});
      Object.defineProperty(ctx, 'session', {
        configurable: true,
        get: () => value,
        set: (assigned: unknown) => {
          value = structuredClone(assigned);
        },
      });
      await next();
      await (value == null ? store.delete(key) : store.set(key, value));
    };

    const turn = (last.get(key) ?? Promise.resolve()).then(run);
    const settled = turn.catch(() => {});
    last.set(key, settled);
    try {
      await turn;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
