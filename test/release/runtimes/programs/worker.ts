/** The suites that run on Cloudflare Workers, without Node's modules: `GET /?suite=NAME`. */

import { grammyAdapter, grammyWebhook } from './grammy';
import { memoryStore } from './memory-store';
import type { Suite } from './suite';

const suites: Readonly<Record<string, Suite>> = {
  'memory store': memoryStore,
  'grammY adapter': grammyAdapter,
  'grammY webhook': grammyWebhook,
};

const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request) {
    const suite = suites[new URL(request.url).searchParams.get('suite') ?? ''];
    if (suite === undefined) return new Response('there is no such suite', { status: 404 });
    return Response.json(await suite());
  },
};

export default worker;
