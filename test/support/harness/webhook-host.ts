/** The HTTP server that a bot on webhooks runs. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookHost {
  readonly url: string;
  /** Lets the next updates be handled in full, and then breaks the connection instead of answering. */
  loseAnswers(times: number): void;
  /** Takes no more updates, and resolves when those under way are answered. */
  close(): Promise<void>;
  /** Breaks every connection at once. */
  destroy(): void;
}

export async function startWebhookHost(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<WebhookHost> {
  let toLose = 0;
  const http = createServer(async (request, response) => {
    if (toLose > 0) {
      toLose--;
      loseAnswer(response);
    }
    try {
      await handle(request, response);
    } catch (error) {
      onError(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => http.close(() => resolve()));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    loseAnswers: (times) => {
      toLose += times;
    },
    close,
    destroy: () => {
      void close();
      http.closeAllConnections();
    },
  };
}

function loseAnswer(response: ServerResponse): void {
  response.end = () => response.destroy() as ServerResponse;
}
