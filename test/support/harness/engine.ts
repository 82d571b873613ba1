/** What the harness needs of each framework, and what tests see of it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bot as GrammyBot } from 'grammy';
import type { Telegraf } from 'telegraf';
import type { RawUpdate } from '../bot-api-server';
import type { VibegramBot } from '../load-vibegram';

/** What the contexts of all three frameworks have in common; behind it is the framework's real one. */
export interface LooseContext<S = unknown> {
  readonly update: RawUpdate;
  session: S;
  reply(text: string): Promise<unknown>;
}

export type Next = () => Promise<void>;
export type Handler<S = unknown> = (ctx: LooseContext<S>, next: Next) => unknown;

/** Middleware of any framework: with a context of type `never` as the parameter, all of them fit. */
export type AnyMiddleware = (ctx: never, next: Next) => unknown;

export type RawBot = GrammyBot | Telegraf | VibegramBot;

/** The framework's bot behind the few methods that read alike in all three. */
export interface BotFacade {
  use(middleware: AnyMiddleware): void;
  /** Adds a handler for new messages. */
  onMessage<S>(handler: Handler<S>): void;
  /** Adds a handler for every update. */
  onAny<S>(handler: Handler<S>): void;
  readonly raw: RawBot;
}

/** One framework's bot, and how it is driven. */
export interface Engine {
  readonly raw: RawBot;
  use(middleware: AnyMiddleware): void;
  onMessage(middleware: AnyMiddleware): void;
  /** Fetches what the framework wants to know before its first update. */
  prepare(): Promise<unknown>;
  /** Starts the framework's own polling; rejects when it breaks off. */
  poll(): Promise<unknown>;
  /** Ends it the way the framework ends it. */
  stopPolling(): Promise<unknown>;
  setWebhook(url: string, secretToken: string): Promise<unknown>;
  /** The framework's own request handler. */
  webhook(secretToken: string): (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;
  /** Runs one update without any transport. */
  handle(update: RawUpdate): Promise<unknown>;
}

export interface EngineOptions {
  readonly token: string;
  /** The base address of the Bot API. */
  readonly apiRoot: string;
  /** Receives what reaches the framework's own error handler. */
  onError(error: unknown): void;
}

export type FrameworkName = 'grammy' | 'telegraf' | 'vibegram';
