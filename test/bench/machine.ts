/** The machine and the versions that figures are of; neither names nor places. */

import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const MEASURED = [
  'grammy',
  'telegraf',
  '@grammyjs/storage-redis',
  '@grammyjs/storage-psql',
  '@telegraf/session',
  'ioredis',
  'redis4',
  'pg',
  'libsql',
  'lru-cache',
  'quick-lru',
  'tiny-lru',
  'mnemonist',
  'keyv',
  'unstorage',
];

export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} x ${model}, ${memory} GiB, ${process.platform} ${process.arch}, Node.js ${process.version}`;
}

export function describeVersions(): string {
  return MEASURED.map((name) => `${name} ${versionOf(name)}`).join(', ');
}

function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
