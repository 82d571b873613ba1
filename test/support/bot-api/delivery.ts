/** One attempt to deliver an update to a bot's server over HTTP. */

import { type IncomingMessage, request } from 'node:http';
import type { RawUpdate } from './types';

export interface WebhookTarget {
  readonly url: string;
  readonly secretToken: string | undefined;
  readonly maxConnections: number;
}

export interface WebhookAnswer {
  /** Why the update does not count as delivered. */
  readonly error?: string;
  /** The wait that the bot's server asked for. */
  readonly retryAfterMs?: number;
  readonly contentType?: string | undefined;
  readonly body?: Buffer;
}

/** Resolves in any case: whatever goes wrong is an answer with an `error`. */
export function postUpdate(
  { url, secretToken }: WebhookTarget,
  update: RawUpdate,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<WebhookAnswer> {
  const body = Buffer.from(JSON.stringify(update));
  return new Promise((resolve) => {
    const outgoing = request(url, {
      method: 'POST',
      // A connection for each attempt: a reused one can be closed by the bot in the moment it is written to.
      agent: false,
      signal: stopped,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        ...(secretToken == null ? {} : { 'x-telegram-bot-api-secret-token': secretToken }),
      },
    });
    let error = 'Webhook connection closed';
    const timer = setTimeout(() => {
      error = 'Read timeout expired';
      outgoing.destroy();
    }, timeoutMs);
    const settle = (answer: WebhookAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const fail = (): void => settle({ error });
    outgoing.on('error', fail);
    outgoing.on('response', (response) => readAnswer(response).then(settle, fail));
    outgoing.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<WebhookAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status <= 299) {
    return { contentType: response.headers['content-type'], body: Buffer.concat(chunks) };
  }
  const retryAfter = Number(response.headers['retry-after']);
  return {
    error: `Wrong response from the webhook: ${status} ${response.statusMessage}`,
    ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
  };
}
