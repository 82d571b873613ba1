/** The guards of encryption's keys. */

import { type Guard, guardsOf } from './guard';

const ofRing = guardsOf('core/src/wrappers/key-ring.ts');
const ofSealed = guardsOf('core/src/wrappers/sealed.ts');
const ofEncryption = guardsOf('core/src/wrappers/encryption.ts');
const ofPassage = guardsOf('core/src/wrappers/passage.ts');

export const encryption: readonly Guard[] = [
  ofRing(
    'that a key in place of the list is told as one',
    'if (isBytes(keys) || isCryptoKey(keys))',
    'if (isCryptoKey(keys))',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key where it refuses a key in place of the list',
  ),
  ofRing(
    'that a CryptoKey in place of the list is told as one',
    'if (isBytes(keys) || isCryptoKey(keys))',
    'if (isBytes(keys))',
    'core/wrappers-encryption-keys.test.ts',
    'refuses a CryptoKey in place of the list',
  ),
  ofRing(
    'that a name that may be a key stands in no text',
    'return id.length > LONGEST_SHOWN ? instead : JSON.stringify(id);',
    'return JSON.stringify(id);',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key where it refuses a name and a key that are swapped',
  ),
  ofRing(
    'that a key of another type is told by its kind',
    ': shownKind(key);',
    ': String(key);',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key where it refuses a key spread in a list',
  ),
  ofSealed(
    'that the name of a key that is gone may be a key',
    "shownName(id, 'of a longer name')",
    'JSON.stringify(id)',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key that was the name of the one that sealed',
  ),
  ofEncryption(
    'that text in place of the options may be a key',
    "if (typeof options === 'string' || ",
    'if (',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key where it refuses text in place of the options',
  ),
  ofEncryption(
    'that text in place of the keys may be a key',
    " || typeof options?.keys === 'string')",
    ')',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key where it refuses text in place of the keys',
  ),
  ofPassage(
    'that text in place of the store may be a key',
    'isObject(store) ? shown(store) : shownKind(store)',
    'shown(store)',
    'core/wrappers-encryption-keys.test.ts',
    'tells nothing of a key that is given in place of the store',
  ),
];
