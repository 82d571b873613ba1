/** Reads what a bot sent, in any of the three encodings that the Bot API takes, into one plain object. */

import type { IncomingMessage } from 'node:http';
import type { Payload } from './types';

/** The payload of a request: query string first, body over it. */
export async function readPayload(request: IncomingMessage, query: URLSearchParams): Promise<Payload> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    ...Object.fromEntries(query),
    ...decodePayload(request.headers['content-type'], Buffer.concat(chunks)),
  };
}

export function decodePayload(contentType = 'application/json', body: Buffer): Payload {
  if (body.length === 0) return {};
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/i.exec(contentType)?.[1];
  if (boundary != null) return decodeParts(body, boundary);
  const text = body.toString('utf8');
  if (/^application\/x-www-form-urlencoded/i.test(contentType))
    return Object.fromEntries(new URLSearchParams(text));
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Files are recorded by what a test may ask about them. Node's own parser refuses the parts that grammY writes. */
function decodeParts(body: Buffer, boundary: string): Payload {
  const payload: Payload = {};
  // Latin-1 has a character for every byte, so that a file's size survives.
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const headEnd = part.indexOf('\r\n\r\n');
    const head = Buffer.from(part.slice(0, headEnd), 'latin1').toString('utf8');
    const content = Buffer.from(part.slice(headEnd + 4).replace(/\r\n$/, ''), 'latin1');
    const [, name] = /[; ]name="([^"]*)"/i.exec(head) ?? [];
    const [, file] = /[; ]filename="?([^";\r\n]*)/i.exec(head) ?? [];
    if (name != null)
      payload[name] = file == null ? content.toString('utf8') : { file, size: content.length };
  }
  return payload;
}
