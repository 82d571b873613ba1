/** A Redis client whose scripts do nothing: what the two calls of an update with a lease cost at the very least. */

import type { createClient } from 'redis4';
import { smallSession } from './session-data';

type Client = ReturnType<typeof createClient>;

/** Where a commit says what is to be done with the data, among the words behind the hash; an acquisition says something else there. */
const KIND = 8;

/** Everything is sent as it would be, and answered as if all had gone well; nothing is protected, read or stored. */
export async function withIdleScripts(client: Client): Promise<Client> {
  const granted = `0000000000000001m- ${JSON.stringify(smallSession())}`;
  const acquire = await client.scriptLoad(`return '${granted}'`);
  const commit = await client.scriptLoad(`return 'done'`);
  const sendCommand: Client['sendCommand'] = ([command, , ...words], options) => {
    const hash = ['set', 'none'].includes(String(words[KIND])) ? commit : acquire;
    return client.sendCommand([command as string, hash, ...words], options);
  };
  return new Proxy(client, {
    get: (target, name) => (name === 'sendCommand' ? sendCommand : Reflect.get(target, name, target)),
  });
}
