/** The official driver's collection, known by its shape: versions 5 to 7. */

/** What a store needs of a collection. `client.db().collection('sessions')` is one. */
export interface MongoCollection {
  findOne(filter: object, options?: object): Promise<unknown>;
  findOneAndUpdate(filter: object, update: object, options: object): Promise<unknown>;
  updateOne(filter: object, update: object, options?: object): Promise<{ readonly matchedCount: number }>;
  find(filter: object, options?: object): AsyncIterable<unknown>;
  aggregate(pipeline: object[], options?: object): { toArray(): Promise<unknown[]> };
  createIndex(index: Record<string, 1>, options?: object): Promise<unknown>;
}

/** Which of its methods an object does not have. */
export function missingMethods(collection: unknown): string[] {
  const methods = ['findOne', 'findOneAndUpdate', 'updateOne', 'find', 'aggregate', 'createIndex'];
  const given = Object(collection) as Record<string, unknown>;
  return methods.filter((name) => typeof given[name] !== 'function');
}

/** A client may be told to decode otherwise; what is stored here has one form only. */
const BSON = {
  ignoreUndefined: true,
  raw: false,
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
} as const;

/** Options of a command. */
type Settings = Readonly<Record<string, unknown>>;

/** How to read: a secondary may not know yet what was committed. */
export const READ: Settings = { ...BSON, readPreference: 'primary' };

/** How to write what must not be forgotten. */
export const COMMITTED: Settings = { ...BSON, writeConcern: { w: 'majority', journal: true } };

/** How to write locks: one that is forgotten in a failover is found out by its commit, which then matches nothing. */
export const FLEETING: Settings = { ...BSON, writeConcern: { w: 1 } };

/** What `findOneAndUpdate` is to answer. */
export const AFTERWARDS = { returnDocument: 'after' } as const;

/** The document in the answer of `findOneAndUpdate`, which driver 5 wraps. */
export function documentIn<Document>(answer: unknown): Document | undefined {
  const given = Object(answer) as { _id?: Document; value?: Document | null };
  return '_id' in given ? (given as Document) : (given.value ?? undefined);
}

/** Whether a unique index has refused to insert. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 11000;
}

/** Whether the server, one before MongoDB 5.0, takes no such names inside of values: `$a` or `a.b`. */
export function isRefusedName(error: unknown): boolean {
  const code = codeOf(error);
  return code === 52 || code === 57;
}

/** Whether the same command may well succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { hasErrorLabel } = error as { hasErrorLabel?(label: string): boolean };
  if (LABELS.some((label) => hasErrorLabel?.call(error, label) === true)) return true;
  return NAMES.has(error.name) || CODES.has(codeOf(error) as number);
}

const LABELS = ['RetryableWriteError', 'TransientTransactionError'];

const NAMES: ReadonlySet<string> = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoOperationTimeoutError',
  'MongoPoolClearedError',
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'PoolClearedOnNetworkError',
]);

/** The primary goes or comes, a write concern was not met in time, or two writes met: the driver's own list and 64, 112. */
const CODES: ReadonlySet<number> = new Set([
  6, 7, 64, 89, 91, 112, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
