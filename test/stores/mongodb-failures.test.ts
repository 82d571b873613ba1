/** Which failures of MongoDB may pass, and which are of the value. No server is needed, for nothing is sent. */

import { MongoSessionStore } from '@sessiongram/mongodb';
import { MongoClient, MongoErrorLabel, MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { meddledWith } from './mongodb-meddling';

const collection = new MongoClient('mongodb://127.0.0.1:1/').db().collection('sessions');
const refused = (code: number) => new MongoServerError({ message: 'It was refused.', code });

function labelled(label: string): Error {
  const error = refused(2);
  error.addErrorLabel(label);
  return error;
}

function named(name: string): Error {
  return Object.assign(new Error('It was cut.'), { name });
}

describe('an error of MongoDB', () => {
  const store = new MongoSessionStore(collection);

  test.for([
    ['the network', new MongoNetworkError('It was cut.')],
    ['a pool that is being cleared', named('MongoPoolClearedError')],
    ['a server that was not found in time', named('MongoServerSelectionError')],
    ['an operation that took too long', named('MongoOperationTimeoutError')],
    ['a pool that is full', named('MongoWaitQueueTimeoutError')],
    ['an answer that took too long', named('MongoNetworkTimeoutError')],
    ['two writes that met', refused(112)],
    ['a primary that goes', refused(91)],
    ['a primary that is none any more', refused(10107)],
    ['a write that the driver may repeat', labelled(MongoErrorLabel.RetryableWriteError)],
    ['a transaction that may be repeated', labelled(MongoErrorLabel.TransientTransactionError)],
  ] as const)('of %s may pass', ([, error]) => {
    expect(store.isTransient(error)).toBe(true);
  });

  test.for([
    ['a record that is there', refused(11000)],
    ['a wrong password', refused(18)],
    ['another label', labelled(MongoErrorLabel.ResetPool)],
    ['no code', new Error('It was cut.')],
    ['no class', { name: 'MongoNetworkError', code: 91 }],
    ['nothing', undefined],
    ['null', null],
  ] as const)('of %s will not', ([, error]) => {
    expect(store.isTransient(error)).toBe(false);
  });
});

describe('a name of a member that the server does not take', () => {
  const commit = { change: { kind: 'set', value: { $a: 1 } }, mark: undefined, marks: '' } as const;
  const lease = { token: 'a'.repeat(16), fence: 1, since: new Date(0) };

  test.for([
    ['begins with $', 52],
    ['has a dot', 57],
  ] as const)('and %s makes the value unstorable', async ([, code]) => {
    const store = failing(refused(code));
    await expect(store.set('k', { $a: 1 })).rejects.toMatchObject({ code: 'VALUE_UNSTORABLE' });
    await expect(store.commit('k', lease, commit)).rejects.toMatchObject({ code: 'VALUE_UNSTORABLE' });
  });

  test('is not what other errors are about', async () => {
    const error = refused(18);
    const store = failing(error);
    await expect(store.set('k', { $a: 1 })).rejects.toBe(error);
    await expect(store.commit('k', lease, commit)).rejects.toBe(error);
  });

  test('is not what is thrown where there is no error', async () => {
    await expect(failing(undefined).set('k', 1)).rejects.toBeUndefined();
  });

  function failing(error: unknown): MongoSessionStore {
    return new MongoSessionStore(
      meddledWith(collection, {
        createIndex: async () => '',
        updateOne: () => Promise.reject(error),
      }),
    );
  }
});
