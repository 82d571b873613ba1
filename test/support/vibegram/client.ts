/** Calls to the Bot API. */

import type { VibegramClient } from './shape';

export class Client implements VibegramClient {
  readonly token: string;
  /** Where calls go; tests point it at a local server. */
  apiBaseUrl: string;

  constructor(token: string) {
    this.token = token;
    this.apiBaseUrl = `https://api.telegram.org/bot${token}/`;
  }

  async callApi(method: string, data: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const response = await fetch(new URL(method, this.apiBaseUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
    });
    const answer = (await response.json()) as { ok: boolean; result?: unknown; description?: string };
    if (!answer.ok) throw new Error(`Telegram refused ${method}: ${response.status} ${answer.description}`);
    return answer.result;
  }
}
