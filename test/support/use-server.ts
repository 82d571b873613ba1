/** A Bot API server for each test of a file, with an end to everything that was connected to it. */

import { afterEach, beforeEach } from 'vitest';
import { type BotAccount, BotApiServer } from './bot-api-server';
import type { Connection, ConnectOptions, Framework } from './frameworks';

export interface Stand {
  readonly server: BotApiServer;
  /** The bot that `connect` runs, unless told otherwise. */
  readonly account: BotAccount;
  connect(
    framework: Framework,
    configure: ConnectOptions['configure'],
    options?: Partial<ConnectOptions>,
  ): Promise<Connection>;
}

export function useServer(): Stand {
  let server: BotApiServer;
  let account: BotAccount;
  let connections: Connection[];

  beforeEach(async () => {
    server = await BotApiServer.start();
    account = server.addBot();
    connections = [];
  });
  afterEach(async () => {
    await Promise.all(connections.map((connection) => connection.stop()));
    await server.close();
  });

  return {
    get server() {
      return server;
    },
    get account() {
      return account;
    },
    async connect(framework, configure, options) {
      // On webhooks nothing is sent while a test handles its own updates, so that it may turn the clock.
      const connection = await framework.connect({ server, account, mode: 'webhook', configure, ...options });
      connections.push(connection);
      return connection;
    },
  };
}
