/** Values as text: with a codec of the user's choice, within a size, and with failures that carry no data. */

import type { StoreFailure, TextCodec } from '../store';

/**
 * Makes text of a value.
 *
 * @param maxBytes - the size in UTF-8 above which it is refused
 * @throws StoreFailure `VALUE_TOO_LARGE`, and `VALUE_UNSTORABLE` where the codec refuses the value
 */
export function encode(codec: TextCodec, value: unknown, maxBytes?: number): string {
  const text = stringified(codec, value);
  if (typeof text !== 'string') {
    throw failure('VALUE_UNSTORABLE', `The codec made ${typeof text} of the value, not text.`);
  }
  // Every engine of text would change it: some cut it at a NUL, all make the same character of every lone surrogate.
  if (text.includes('\0') || !isWellFormed(text))
    throw failure(
      'VALUE_UNSTORABLE',
      'The codec made text with a NUL or half a character, which cannot be kept.',
    );
  // A character takes at most three bytes, so most texts need not be measured.
  if (maxBytes !== undefined && text.length * 3 > maxBytes) {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > maxBytes)
      throw failure(
        'VALUE_TOO_LARGE',
        `The encoded value has ${bytes} bytes; maxBytes is ${maxBytes}. Store less, or raise it.`,
      );
  }
  return text;
}

/** What a codec throws may quote the data, and no engine knows it. */
function stringified(codec: TextCodec, value: unknown): unknown {
  try {
    return codec.stringify(value);
  } catch (reason) {
    if ((reason as Partial<StoreFailure> | null | undefined)?.code === 'VALUE_UNSTORABLE') throw reason;
    const refusal = failure('VALUE_UNSTORABLE', 'The codec refused the value; see reason.');
    throw Object.defineProperty(refusal, 'reason', { value: reason });
  }
}

/**
 * Makes a value of stored text.
 *
 * @throws StoreFailure `VALUE_CORRUPT`
 */
export function decode(codec: TextCodec, text: string): unknown {
  const value = parsed(codec, text);
  // There is a text, and it must not be taken for none: superjson makes `undefined` of JSON that another has written.
  if (value === undefined)
    throw corrupt(
      `The codec made undefined of the stored text (${text.length} characters).`,
      text,
      undefined,
    );
  return value;
}

function parsed(codec: TextCodec, text: string): unknown {
  try {
    return codec.parse(text);
  } catch (reason) {
    throw corrupt(`The stored text (${text.length} characters) cannot be decoded.`, text, reason);
  }
}

/** Whether text can be encoded as UTF-8 without a loss. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** The failure of decoding what is stored. */
export function corrupt(text: string, raw: unknown, reason: unknown): StoreFailure {
  return Object.defineProperties(failure('VALUE_CORRUPT', text), {
    raw: { value: raw },
    reason: { value: reason },
  });
}

function failure(code: StoreFailure['code'], text: string): StoreFailure {
  return Object.assign(new TypeError(text), { code });
}
