/** The proxy counts requests and loses them, or their replies, as it is told; clients notice what they would. */

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CuttingProxy, cutEvery } from './cutting-proxy';
import { RedisServer, skipsRedis } from './servers/redis';

describe.skipIf(skipsRedis())('the cutting proxy in front of Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.stop());

  /** A client that reports what fails instead of trying again. */
  async function through(proxy: CuttingProxy): Promise<Redis> {
    const client = new Redis({ port: proxy.port, lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  test('counts what is asked, and not what opens a connection', async () => {
    const proxy = await CuttingProxy.start({ target: server.port, protocol: 'resp' });
    const client = await through(proxy);
    expect(proxy.requests).toBe(0);
    await client.set('counted', 'a'.repeat(200_000));
    await Promise.all([client.get('counted'), client.get('counted')]);
    expect(proxy.requests).toBe(3);
    expect(proxy.perConnection).toEqual([3]);
    client.disconnect();
    await proxy.stop();
  });

  test('cuts before the server has seen the request', async () => {
    const proxy = await CuttingProxy.start({ target: server.port, protocol: 'resp', plan: () => 'before' });
    const client = await through(proxy);
    await expect(client.incr('before')).rejects.toThrow('Connection is closed');
    expect(await server.cli('GET', 'before')).toBe('');
    expect(proxy.cuts).toEqual({ before: 1, after: 0 });
    await proxy.stop();
  });

  test('cuts after the server has carried the request out, so that only the reply is lost', async () => {
    const proxy = await CuttingProxy.start({ target: server.port, protocol: 'resp', plan: () => 'after' });
    const client = await through(proxy);
    await expect(client.incr('after')).rejects.toThrow('Connection is closed');
    expect(await server.cli('GET', 'after')).toBe('1');
    expect(proxy.cuts).toEqual({ before: 0, after: 1 });
    await proxy.stop();
  });

  test('cuts by turns before and after', () => {
    const plan = cutEvery(2);
    expect([1, 2, 3, 4, 5, 6].map(plan)).toEqual([
      undefined,
      'before',
      undefined,
      'after',
      undefined,
      'before',
    ]);
  });
});
