/** The check that a Keyv gives a value back as it is. */

import { same } from '../data/snapshot';
import { assertJson } from '../kit/json';

/** How a Keyv makes text of values: `serialization` in 6, two functions in 5, nothing where that is switched off. */
export interface KeyvSerializers {
  readonly serialization?: Serializer | undefined;
  readonly serialize?: Serializer['stringify'] | undefined;
  readonly deserialize?: Serializer['parse'] | undefined;
}

interface Serializer {
  stringify(value: unknown): unknown;
  parse(text: string): unknown;
}

/**
 * Refuses what would come back as something else.
 *
 * @throws Unstorable with the path to it
 */
export async function assertKeepable(keyv: KeyvSerializers, value: unknown): Promise<void> {
  try {
    assertJson(value);
  } catch (refusal) {
    if (!(await survives(keyv, value))) throw refusal;
  }
}

/** Tries it, because a serializer of the user's choice may well keep what JSON does not. */
async function survives(keyv: KeyvSerializers, value: unknown): Promise<boolean> {
  try {
    const { serialization = { stringify: keyv.serialize, parse: keyv.deserialize } } = keyv;
    const text = await serialization.stringify?.({ value });
    if (typeof text !== 'string') return false;
    const back = (await serialization.parse?.(text)) as { value?: unknown } | undefined;
    return value !== undefined && same(back?.value, value);
  } catch {
    return false;
  }
}
