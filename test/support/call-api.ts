/** Calls the local Bot API server as a bot without any framework would. */

import type { BotApiServer } from './bot-api-server';

export interface ApiReply {
  readonly status: number;
  readonly ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each method returns something else, and the test knows what
  readonly result?: any;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: { readonly retry_after?: number };
}

export async function callApi(
  server: BotApiServer,
  { token }: { readonly token: string },
  method: string,
  payload: object = {},
): Promise<ApiReply> {
  const response = await fetch(`${server.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  return { status: response.status, ...((await response.json()) as Omit<ApiReply, 'status'>) };
}
