/** The public packages as they would be published: each a tarball made by `pnpm pack`. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, readPackages, root } from '../reading/sources';
import { pnpm, run, tail } from './command';

/** A packed package. */
export interface Tarball {
  readonly name: string;
  /** The file itself. */
  readonly path: string;
  /** Where it is unpacked. */
  readonly content: string;
  readonly manifest: PackedManifest;
}

/** What the manifest in a tarball says besides what all do. */
export interface PackedManifest extends Manifest {
  readonly engines?: Readonly<Record<string, string>>;
  readonly repository?: { readonly type?: string; readonly url?: string; readonly directory?: string };
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The rooms of the packages that are published. */
export function publicRooms(): string[] {
  return readPackages()
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ room }) => room);
}

/**
 * Packs one package into a folder, and unpacks it there.
 *
 * @throws Error with what `pnpm pack` says, where it fails
 */
export async function pack(room: string, folder: string): Promise<Tarball> {
  const own = join(folder, room);
  mkdirSync(own, { recursive: true });
  const packed = await pnpm(['pack', '--pack-destination', own], { cwd: join(root, 'packages', room) });
  if (!packed.ok) throw new Error(`pnpm pack failed for ${room}.\n${tail(packed)}`);
  const [file] = readdirSync(own).filter((name) => name.endsWith('.tgz'));
  const path = join(own, file as string);
  const unpacked = await run('tar', ['-xzf', path, '-C', own], { cwd: own });
  if (!unpacked.ok) throw new Error(`tar failed for ${room}.\n${tail(unpacked)}`);
  const content = join(own, 'package');
  const manifest = JSON.parse(readFileSync(join(content, 'package.json'), 'utf8')) as PackedManifest;
  return { name: manifest.name, path, content, manifest };
}

/** Packs all that is public. */
export async function packAll(folder: string): Promise<Tarball[]> {
  const packed: Tarball[] = [];
  for (const room of publicRooms()) packed.push(await pack(room, folder));
  return packed;
}
