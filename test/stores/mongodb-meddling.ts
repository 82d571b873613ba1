/** A collection of which some methods are a test's, so that something happens between two commands. */

import type { MongoCollection } from '@sessiongram/mongodb';

/** The methods of a collection, some of them replaced. */
export function meddledWith(given: MongoCollection, meddling: Partial<MongoCollection>): MongoCollection {
  return {
    findOne: (...args) => given.findOne(...args),
    findOneAndUpdate: (...args) => given.findOneAndUpdate(...args),
    updateOne: (...args) => given.updateOne(...args),
    find: (...args) => given.find(...args),
    aggregate: (...args) => given.aggregate(...args),
    createIndex: (...args) => given.createIndex(...args),
    ...meddling,
  };
}
