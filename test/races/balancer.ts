/** What stands in front of the replicas of a bot: hands each update to another one, and may lose what they answer. */

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { scopeOf } from '@sessiongram/core';

/** A replica as the balancer knows it. */
export interface Upstream {
  /** `undefined` while it takes no updates. */
  readonly url: string | undefined;
}

export class Balancer {
  readonly url: string;
  /** How often an update came while another one of the same user was in the hands of another replica. */
  overlaps = 0;
  /** How many answers were lost on purpose. */
  lost = 0;
  /**
   * Of how many answers one is lost: the update was handled, and its sender never hears of it.
   */
  loseOneOf: number = Infinity;
  readonly #http: Server;
  readonly #upstreams: readonly Upstream[];
  readonly #underWay = new Map<number, Upstream[]>();
  #answers = 0;
  #next = 0;

  static async start(upstreams: readonly Upstream[]): Promise<Balancer> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new Balancer(http, upstreams);
  }

  private constructor(http: Server, upstreams: readonly Upstream[]) {
    this.#http = http;
    this.#upstreams = upstreams;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    http.on('request', (incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const able = this.#upstreams.filter(({ url }) => url !== undefined);
    const upstream = able[this.#next++ % able.length];
    if (upstream?.url === undefined) return void outgoing.writeHead(503).end();
    const leave = this.#enter(userOf(body), upstream);
    try {
      const status = await post(upstream.url, incoming.headers, body);
      if (++this.#answers % this.loseOneOf === 0) {
        this.lost++;
        outgoing.destroy();
      } else {
        outgoing.writeHead(status).end();
      }
    } catch {
      outgoing.destroy(); // the replica has died over it
    } finally {
      leave();
    }
  }

  #enter(user: number, upstream: Upstream): () => void {
    const here = this.#underWay.get(user) ?? [];
    if (here.some((other) => other !== upstream)) this.overlaps++;
    here.push(upstream);
    this.#underWay.set(user, here);
    return () => here.splice(here.indexOf(upstream), 1);
  }
}

function userOf(body: Buffer): number {
  return scopeOf(JSON.parse(body.toString()) as object).userId ?? 0;
}

/** Answers the status. A connection for each update, so that no replica keeps one open that it waits for when it closes. */
function post(url: string, headers: IncomingMessage['headers'], body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent: false, headers });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 500));
      response.on('error', reject);
    });
    outgoing.end(body);
  });
}
