/** What a test holds of a bot: it plays the people who write to it, and sees everything the bot does. */

import type { Backend } from './backend';
import type { Journal } from './journal';
import type { ApiCall, ButtonUpdate, Delivery, RawUpdate, TextUpdate } from './types';
import { buttonPress, person, textMessage } from './updates';

export class BotAccount {
  readonly token: string;
  readonly id: number;
  readonly username: string;
  readonly #backend: Backend;
  readonly #calls: Journal<ApiCall>;

  constructor(token: string, backend: Backend, calls: Journal<ApiCall>) {
    this.token = token;
    this.id = backend.me.id;
    this.username = backend.me.username ?? '';
    this.#backend = backend;
    this.#calls = calls;
  }

  /** Every call of this bot so far. */
  get calls(): readonly ApiCall[] {
    return this.#calls.entries.filter(({ token }) => token === this.token);
  }

  /** Every attempt so far to hand an update to this bot. */
  get deliveries(): readonly Delivery[] {
    return this.#backend.deliveries.entries;
  }

  /** Queues an update as it is, with the next id unless it has one, and returns it with its id. */
  push<U extends object>(update: U): U & RawUpdate {
    return this.#backend.push(update);
  }

  /** Somebody writes a text, in the chat with the bot unless another one is named. */
  text(userId: number, text: string, chatId: number = userId): TextUpdate {
    const message = textMessage(
      person(userId),
      this.#backend.chat(chatId),
      this.#backend.nextMessageId(),
      text,
    );
    return this.push({ message });
  }

  /** Somebody presses an inline button under a message of the bot. */
  button(userId: number, data: string, chatId: number = userId): ButtonUpdate {
    const id = this.#backend.nextMessageId();
    const message = {
      ...textMessage(this.#backend.me, this.#backend.chat(chatId), id, 'Choose'),
      reply_markup: { inline_keyboard: [[{ text: data, callback_data: data }]] },
    };
    const queryId = `${userId}${String(id).padStart(8, '0')}`;
    return this.push({ callback_query: buttonPress(person(userId), message, queryId, data) });
  }

  /** Resolves to the first `count` calls of a method, those made already included. */
  waitForCalls(method: string, count = 1): Promise<ApiCall[]> {
    return this.#calls.until(
      count,
      `calls of ${method}`,
      (call) => call.token === this.token && call.method === method,
    );
  }

  /** Resolves to the first `count` attempts to deliver an update, those made already included. */
  waitForDeliveries(count = 1): Promise<Delivery[]> {
    return this.#backend.deliveries.until(count, 'deliveries', () => true);
  }

  /** Resolves as soon as the bot has confirmed every update that was pushed. */
  drained(): Promise<void> {
    return this.#backend.queue.drained();
  }

  /** Ends the poll that is held, or else the next one, as if its time were up. */
  endPoll(): void {
    this.#backend.polling.end();
  }
}
