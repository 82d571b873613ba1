/** A Telegram Bot API server on this machine, over real HTTP, that real bot frameworks talk to. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BotAccount } from './account';
import { type ApiAnswer, refuse } from './answer';
import { Backend } from './backend';
import { type Fault, Faults } from './faults';
import { Journal } from './journal';
import { type Line, Lines } from './lines';
import { readPayload } from './request';
import type { ApiCall, Payload } from './types';
import type { WebhookTiming } from './webhook';

export type BotApiServerOptions = Partial<WebhookTiming>;

const ROUTE = /^(\/line\d+)?\/bot([^/]+)\/(\w+)$/;
const FIRST_BOT_ID = 7_000_000_001;

export class BotApiServer {
  readonly url: string;
  readonly #http: Server;
  readonly #timing: WebhookTiming;
  readonly #bots = new Map<string, Backend>();
  readonly #calls = new Journal<ApiCall>();
  readonly #faults = new Faults();
  readonly #lines: Lines;
  #closing: Promise<void> | undefined;

  static async start(options: BotApiServerOptions = {}): Promise<BotApiServer> {
    const http = createServer();
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(0, '127.0.0.1', resolve);
    });
    return new BotApiServer(http, options);
  }

  private constructor(http: Server, options: BotApiServerOptions) {
    this.#http = http;
    this.#timing = { webhookTimeoutMs: 60_000, webhookBackOffMs: 10, webhookMaxBackOffMs: 1_000, ...options };
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.#lines = new Lines(this.url);
    http.on('request', (request, response) => void this.#serve(request, response));
  }

  /** Every call of every bot so far, those with an unknown token included. */
  get calls(): readonly ApiCall[] {
    return this.#calls.entries;
  }

  /** Registers a bot, as BotFather would. */
  addBot(
    token = `${FIRST_BOT_ID + this.#bots.size}:AAlocal-${this.#bots.size}-not-a-real-token`,
  ): BotAccount {
    if (this.#bots.has(token)) throw new TypeError('This token is registered already');
    const id = Number.parseInt(token, 10) || FIRST_BOT_ID + this.#bots.size;
    const me = { id, is_bot: true, first_name: `Bot ${id}`, username: `local_${id}_bot`, ...ABILITIES };
    const backend = new Backend(me, this.#timing, (method, payload) => {
      this.#record(token, method, payload, 'webhook', false);
      void backend.answer(method, payload, new AbortController().signal);
    });
    this.#bots.set(token, backend);
    return new BotAccount(token, backend, this.#calls);
  }

  /** Makes the next matching calls fail. */
  fail(fault: Fault): void {
    this.#faults.order(fault);
  }

  /** A base address of one bot's own, which can be cut as if the process of that bot had died. */
  line(): Line {
    return this.#lines.open();
  }

  /** Ends everything: held polls, webhook deliveries, open connections, waits that can no longer be met. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#calls.close();
      for (const bot of this.#bots.values()) bot.close();
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
    return this.#closing;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const [, line, token, method] = ROUTE.exec(pathname.replace('%3A', ':')) ?? [];
    if (token == null || method == null) return send(response, refuse(404));
    if (!this.#lines.enter(line, request.socket, response)) return;
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    try {
      const payload = await readPayload(request, searchParams);
      await this.#call(token, method, payload, response, hungUp.signal);
    } catch (error) {
      // A caller that hangs up in the middle of its request gets no answer, and needs none.
      if (!hungUp.signal.aborted) send(response, refuse(400, `Bad Request: ${error}`));
    }
  }

  async #call(
    token: string,
    method: string,
    payload: Payload,
    response: ServerResponse,
    hungUp: AbortSignal,
  ) {
    const fault = this.#faults.take(token, method);
    this.#record(token, method, payload, 'http', fault != null);
    if (fault?.drop === 'before') return void response.destroy();
    const refused = fault != null && fault.drop == null;
    const answer = refused ? failure(fault) : await this.#answer(token, method, payload, hungUp);
    if (fault?.drop === 'after') response.destroy();
    else send(response, answer);
  }

  async #answer(token: string, method: string, payload: Payload, hungUp: AbortSignal): Promise<ApiAnswer> {
    return (await this.#bots.get(token)?.answer(method, payload, hungUp)) ?? refuse(401);
  }

  #record(token: string, method: string, payload: Payload, via: ApiCall['via'], failed: boolean): void {
    this.#calls.add({ index: this.#calls.entries.length, token, method, payload, via, failed });
  }
}

const ABILITIES = {
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: true,
  can_connect_to_business: false,
  has_main_web_app: false,
};

function failure({ status, description, retryAfter }: Fault): ApiAnswer {
  return refuse(status ?? (retryAfter == null ? 500 : 429), description, retryAfter);
}

function send(response: ServerResponse, { status, body }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
