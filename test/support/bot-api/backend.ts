/** The server's side of one bot: its updates, how they are delivered, and what its calls do. */

import { type ApiAnswer, refuse, succeed } from './answer';
import type { WebhookTarget } from './delivery';
import { Journal } from './journal';
import { answerPlausibly, type MessageMaker } from './methods';
import { Polling } from './polling';
import { UpdateQueue } from './queue';
import type { Delivery, Payload, RawChat, RawUpdate, RawUser } from './types';
import { chatOf } from './updates';
import { Webhook, type WebhookTiming } from './webhook';

const FIRST_UPDATE_ID = 700_000_001;
const WEBHOOK_ACTIVE =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

export class Backend implements MessageMaker {
  readonly me: RawUser;
  readonly queue = new UpdateQueue(FIRST_UPDATE_ID);
  readonly deliveries = new Journal<Delivery>();
  readonly polling = new Polling(this.queue, (delivery) => this.deliveries.add(delivery));
  readonly #timing: WebhookTiming;
  readonly #onWebhookCall: (method: string, payload: Payload) => void;
  readonly #chats = new Map<number, RawChat>();
  #webhook: Webhook | undefined;
  #messages = 0;

  constructor(me: RawUser, timing: WebhookTiming, onWebhookCall: (method: string, payload: Payload) => void) {
    this.me = me;
    this.#timing = timing;
    this.#onWebhookCall = onWebhookCall;
  }

  push<U extends object>(update: U): U & RawUpdate {
    const whole = this.queue.push(update);
    this.#learnChats(whole);
    if (this.#webhook != null) this.#webhook.deliver(whole);
    else this.polling.wake();
    return whole;
  }

  chat(id: number): RawChat {
    return this.#chats.get(id) ?? chatOf(id);
  }

  nextMessageId(): number {
    return ++this.#messages;
  }

  /** Answers a call; `hungUp` tells that the caller went away. */
  async answer(method: string, payload: Payload, hungUp: AbortSignal): Promise<ApiAnswer> {
    switch (method) {
      case 'getMe':
        return succeed(this.me);
      case 'getUpdates':
        return this.#webhook == null ? this.polling.getUpdates(payload, hungUp) : refuse(409, WEBHOOK_ACTIVE);
      case 'setWebhook':
        return this.#setWebhook(payload);
      case 'deleteWebhook':
        return this.#deleteWebhook(payload);
      case 'getWebhookInfo':
        return succeed(this.#webhookInfo());
      default:
        return answerPlausibly(method, payload, this);
    }
  }

  close(): void {
    this.#webhook?.stop();
    this.polling.end();
    this.queue.close();
    this.deliveries.close();
  }

  #setWebhook(payload: Payload): ApiAnswer {
    const { url = '', secret_token, max_connections } = payload;
    if (url === '') return this.#deleteWebhook(payload);
    if (!/^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(String(url))) {
      return refuse(400, 'Bad Request: bad webhook: this local server delivers to http://127.0.0.1 only');
    }
    this.#drop(payload);
    this.polling.terminate('Conflict: terminated by setWebhook request');
    this.#webhook?.stop();
    const target: WebhookTarget = {
      url: String(url),
      secretToken: secret_token == null ? undefined : String(secret_token),
      maxConnections: Math.min(Math.max(Number(max_connections ?? 40), 1), 100),
    };
    this.#webhook = new Webhook(target, this.queue, this.#timing, {
      report: (delivery) => this.deliveries.add(delivery),
      call: this.#onWebhookCall,
    });
    return succeed(true, 'Webhook was set');
  }

  #deleteWebhook(payload: Payload): ApiAnswer {
    const was = this.#webhook != null;
    this.#drop(payload);
    this.#webhook?.stop();
    this.#webhook = undefined;
    return succeed(true, was ? 'Webhook was deleted' : 'Webhook is already deleted');
  }

  #drop({ drop_pending_updates }: Payload): void {
    // A form carries it as text.
    if (String(drop_pending_updates) === 'true') this.queue.keepNewest(0);
  }

  #webhookInfo(): Payload {
    const { target, lastError } = this.#webhook ?? {};
    return {
      url: target?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: this.queue.size,
      ...(lastError == null ? {} : { last_error_message: lastError }),
      ...(target == null ? {} : { max_connections: target.maxConnections, ip_address: '127.0.0.1' }),
    };
  }

  /** Remembers chats by what a test pushed, so that a reply comes from the chat that was written to. */
  #learnChats(update: RawUpdate): void {
    for (const payload of Object.values(update)) {
      const { chat, message } = Object(payload) as { chat?: RawChat; message?: { chat?: RawChat } };
      const known = chat ?? message?.chat;
      if (known != null) this.#chats.set(known.id, known);
    }
  }
}
