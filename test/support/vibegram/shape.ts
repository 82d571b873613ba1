/** The part of vibegram that tests and the adapter rely on, described by shape because it is not on the npm registry. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawCallbackQuery, RawChat, RawMessage, RawUpdate, RawUser } from '../bot-api/types';

export type VibegramUpdate = RawUpdate & {
  readonly message?: RawMessage;
  readonly callback_query?: RawCallbackQuery;
};

export interface SceneControls {
  // biome-ignore lint/suspicious/noExplicitAny: the framework leaves a scene's state to its author
  state: any;
  current?: string | undefined;
  enter(sceneId: string, initialState?: unknown): void;
  reenter(initialState?: unknown): void;
  leave(): void;
}

export interface WizardControls {
  // biome-ignore lint/suspicious/noExplicitAny: the framework leaves a wizard's state to its author
  state: any;
  readonly cursor: number;
  next(): void;
  back(): void;
  goto(step: number): void;
  leave(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: the framework's own default, so that `ctx.session` needs no type argument
export interface VibegramContext<S = any> {
  readonly update: VibegramUpdate;
  readonly client: VibegramClient;
  readonly message: RawMessage | undefined;
  readonly chat: RawChat | undefined;
  readonly from: RawUser | undefined;
  readonly updateType: string;
  session: S;
  scene?: SceneControls;
  wizard?: WizardControls;
  command?: { name: string; args: string[] };
  match?: RegExpMatchArray | null;
  reply(text: string, extra?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export type Next = () => Promise<void>;
export type Middleware<C extends VibegramContext = VibegramContext> = (ctx: C, next: Next) => unknown;
export type Trigger = string | RegExp | readonly (string | RegExp)[];

export interface VibegramComposer<C extends VibegramContext = VibegramContext> {
  use(...middleware: Middleware<C>[]): this;
  on(kind: string | string[], ...middleware: Middleware<C>[]): this;
  command(name: string | string[], ...middleware: Middleware<C>[]): this;
  hears(trigger: Trigger, ...middleware: Middleware<C>[]): this;
  action(trigger: Trigger, ...middleware: Middleware<C>[]): this;
  middleware(): Middleware<C>;
}

export interface VibegramClient {
  readonly token: string;
  callApi(method: string, data?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface VibegramOptions {
  readonly polling?: { readonly interval?: number; readonly limit?: number; readonly timeout?: number };
  readonly observability?: {
    readonly hooks?: { readonly onPollingError?: (event: { readonly error: unknown }) => void };
  };
}

export interface VibegramBot<C extends VibegramContext = VibegramContext> extends VibegramComposer<C> {
  readonly client: VibegramClient;
  catch(handler: (error: unknown, ctx: C) => unknown): void;
  handleUpdate(update: RawUpdate): Promise<void>;
  launch(options?: { onStart?: (me: RawUser) => void }): Promise<void>;
  stop(reason?: string): Promise<void>;
  setWebhook(url: string, extra?: Readonly<Record<string, unknown>>): Promise<unknown>;
  deleteWebhook(dropPendingUpdates?: boolean): Promise<unknown>;
}

export interface VibegramScene<C extends VibegramContext = VibegramContext> extends VibegramComposer<C> {
  readonly id: string;
}

export interface VibegramWizard {
  readonly id: string;
  middleware(): Middleware;
  enter(ctx: VibegramContext): Promise<void>;
}

export interface VibegramStore {
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  delete(key: string): unknown;
}

export interface VibegramSessionOptions<S> {
  readonly store?: VibegramStore;
  readonly getSessionKey?: (ctx: VibegramContext) => string | undefined;
  readonly initial?: () => S;
}

export type NativeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface VibegramModule {
  readonly Bot: new <C extends VibegramContext = VibegramContext>(
    token: string,
    options?: VibegramOptions,
  ) => VibegramBot<C>;
  readonly Scene: new <C extends VibegramContext = VibegramContext>(id: string) => VibegramScene<C>;
  readonly Stage: new <C extends VibegramContext = VibegramContext>(
    scenes: VibegramScene<C>[],
  ) => { middleware(): Middleware<C> };
  readonly Wizard: new (id: string, steps: ((ctx: VibegramContext) => unknown)[]) => VibegramWizard;
  readonly MemorySessionStore: new (ttlMs?: number, maxEntries?: number) => VibegramStore;
  session<S>(options?: VibegramSessionOptions<S>): Middleware;
  createNativeHandler(bot: VibegramBot, options?: { readonly secretToken?: string }): NativeHandler;
}
