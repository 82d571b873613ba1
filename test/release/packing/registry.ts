/** A registry of the packed tarballs, so that package managers install them by name as a stranger would. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Tarball } from './tarballs';

/** Answers for the scope of our packages; all others come from the registry that is configured. */
export class Registry {
  readonly #http: Server;

  private constructor(http: Server) {
    this.#http = http;
  }

  static async start(tarballs: readonly Tarball[]): Promise<Registry> {
    const files = new Map<string, Buffer>();
    const documents = new Map<string, (url: string) => object>();
    for (const tarball of tarballs) {
      const bytes = readFileSync(tarball.path);
      const place = `/${tarball.name}/-/${tarball.name.split('/')[1]}-${tarball.manifest.version}.tgz`;
      files.set(place, bytes);
      documents.set(`/${tarball.name}`, (url) => documentOf(tarball, bytes, url + place));
    }
    const http = createServer(({ url = '' }, response) => {
      const path = decodeURIComponent(url.split('?')[0] ?? '');
      const file = files.get(path);
      const document = documents.get(path);
      if (file !== undefined) return response.end(file);
      if (document === undefined) return response.writeHead(404).end('{}');
      const { port } = http.address() as AddressInfo;
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify(document(`http://127.0.0.1:${port}`)));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new Registry(http);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

/** What a registry says of a package that has one version. */
function documentOf({ name, manifest }: Tarball, bytes: Buffer, tarball: string): object {
  const { version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const shasum = createHash('sha1').update(bytes).digest('hex');
  // Package managers leave out what is younger than a day.
  const longAgo = '2020-01-01T00:00:00.000Z';
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball, integrity, shasum } } },
    time: { created: longAgo, modified: longAgo, [version]: longAgo },
  };
}
