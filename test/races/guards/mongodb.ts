/** The guards of MongoDB. */

import type { Guard } from './guard';
import { mongodbCommits } from './mongodb-commits';
import { mongodbFailures } from './mongodb-failures';
import { mongodbLeases } from './mongodb-leases';
import { mongodbRecords } from './mongodb-records';
import { mongodbStore } from './mongodb-store';
import { mongodbValues } from './mongodb-values';

export const mongodb: readonly Guard[] = [
  ...mongodbLeases,
  ...mongodbCommits,
  ...mongodbRecords,
  ...mongodbStore,
  ...mongodbValues,
  ...mongodbFailures,
];
