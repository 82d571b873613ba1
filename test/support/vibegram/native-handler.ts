/** Receives webhook deliveries on a plain Node server. */

import type { NativeHandler, VibegramBot, VibegramUpdate } from './shape';

/** Confirms an update when its handlers are through, and answers 500 when they threw. */
export function createNativeHandler(
  bot: VibegramBot,
  options: { readonly secretToken?: string } = {},
): NativeHandler {
  return async (request, response) => {
    const answer = (status: number, text: string) => response.writeHead(status).end(text);
    const secret = request.headers['x-telegram-bot-api-secret-token'];
    if (options.secretToken != null && secret !== options.secretToken) return void answer(403, 'Forbidden');
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await bot.handleUpdate(JSON.parse(Buffer.concat(chunks).toString('utf8')) as VibegramUpdate);
      answer(200, 'OK');
    } catch {
      answer(500, 'Internal Server Error');
    }
  };
}
