/** A TCP proxy between a store and its server that counts requests, and cuts connections where a test wants it. */

import { type AddressInfo, createServer, connect as openSocket, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/**
 * When to cut a connection: `before` the request is forwarded, so that the server never sees it, or `after` the server
 * has carried it out and before its reply goes through.
 */
export type Cut = 'before' | 'after';

/** Decides about a request by its number, counted from 1 over all connections. */
export type CutPlan = (nth: number) => Cut | undefined;

export interface ProxyOptions {
  /** The server's port on loopback. */
  readonly target: number;
  readonly protocol: 'resp' | 'postgres';
  /** @default cuts nothing */
  readonly plan?: CutPlan;
}

/** Every request has a number; each `every`th is cut, by turns before it is forwarded and after it was carried out. */
export function cutEvery(every: number): CutPlan {
  return (nth) => {
    if (nth % every !== 0) return undefined;
    return (nth / every) % 2 === 0 ? 'after' : 'before';
  };
}

/** Listens on a free port of its own. Requests that belong to the opening of a connection are not counted. */
export class CuttingProxy {
  readonly host = HOST;
  /** How many requests have come, on all connections. Each is one round trip, unless the client has sent several at once. */
  requests = 0;
  /** How many connections were cut. */
  readonly cuts: Record<Cut, number> = { before: 0, after: 0 };
  /** The requests of each connection that was opened, in order. */
  readonly perConnection: number[] = [];
  plan: CutPlan;
  readonly #target: number;
  readonly #newMeter: () => Meter;
  readonly #server = createServer({ allowHalfOpen: false }, (client) => this.#connect(client));
  readonly #sockets = new Set<Socket>();

  private constructor({ target, protocol, plan }: ProxyOptions) {
    this.#target = target;
    this.#newMeter = protocol === 'resp' ? respMeter : postgresMeter;
    this.plan = plan ?? (() => undefined);
  }

  static async start(options: ProxyOptions): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, HOST, resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes all connections and listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connect(client: Socket): void {
    const server = openSocket({ host: HOST, port: this.#target });
    const meter = this.#newMeter();
    const connection = this.perConnection.push(0) - 1;
    let isCut = false;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('error', () => {}); // told by `close` as well
      socket.once('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (isCut) return;
      const cut = this.#count(connection, meter(chunk));
      if (cut === undefined) {
        server.write(chunk);
        return;
      }
      isCut = true;
      this.cuts[cut]++;
      if (cut === 'before') client.destroy();
      // A server that closes after our end has carried out whatever came before it; `close` then ends the client, too.
      else server.end(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (!isCut) client.write(chunk);
    });
  }

  /** What to do at the requests that were just completed; one connection is cut once at most. */
  #count(connection: number, completed: number): Cut | undefined {
    let cut: Cut | undefined;
    for (let count = 0; count < completed; count++) {
      this.perConnection[connection] = (this.perConnection[connection] ?? 0) + 1;
      cut ??= this.plan(++this.requests);
    }
    return cut;
  }
}

/** Takes what a client sends, chunk by chunk, and answers how many requests each chunk has completed. */
type Meter = (chunk: Buffer) => number;

/** What clients send to open a connection and to know their way, as opposed to what was asked of them. */
const HOUSEKEEPING: ReadonlySet<string> = new Set([
  'HELLO',
  'AUTH',
  'INFO',
  'CLIENT',
  'SELECT',
  'READONLY',
  'CLUSTER',
  'COMMAND',
  'PING',
]);

/** Counts commands, which clients send as arrays of bulk strings. */
function respMeter(): Meter {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let completed = 0;
    for (let command = readCommand(rest); command !== undefined; command = readCommand(rest)) {
      rest = rest.subarray(command.end);
      if (!HOUSEKEEPING.has(command.name)) completed++;
    }
    return completed;
  };
}

const START_UP_HEADER = 4;
const HEADER = 5;

/** Counts what is answered by one `ReadyForQuery`: a simple query, or an extended one by its `Sync`. */
function postgresMeter(): Meter {
  let rest: Buffer = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let completed = 0;
    for (;;) {
      const header = isStarted ? HEADER : START_UP_HEADER;
      if (rest.length < header) return completed;
      const end = header - 4 + rest.readInt32BE(header - 4);
      if (rest.length < end) return completed;
      const type = isStarted ? String.fromCharCode(rest.readUInt8(0)) : '';
      if (type === 'Q' || type === 'S') completed++;
      isStarted = true;
      rest = rest.subarray(end);
    }
  };
}

interface Command {
  readonly name: string;
  /** Where the next one begins. */
  readonly end: number;
}

/** The command at the beginning, where all of it is there. */
function readCommand(bytes: Buffer): Command | undefined {
  const head = readNumber(bytes, 0, '*');
  if (head === undefined) return undefined;
  let at = head.end;
  let name = '';
  for (let index = 0; index < head.value; index++) {
    const length = readNumber(bytes, at, '$');
    if (length === undefined || bytes.length < length.end + length.value + 2) return undefined;
    if (index === 0) name = bytes.toString('latin1', length.end, length.end + length.value).toUpperCase();
    at = length.end + length.value + 2;
  }
  return { name, end: at };
}

function readNumber(bytes: Buffer, at: number, mark: '*' | '$'): { value: number; end: number } | undefined {
  if (bytes.length <= at) return undefined;
  if (String.fromCharCode(bytes.readUInt8(at)) !== mark) throw new Error(`Expected ${mark} in the command.`);
  const end = bytes.indexOf('\r\n', at, 'latin1');
  if (end === -1) return undefined;
  return { value: Number(bytes.toString('latin1', at + 1, end)), end: end + 2 };
}
