/** The users of one bot: what they have sent it, and what is to be stored of that. */

import type { BotAccount } from '../support/bot-api-server';
import type { Tally } from './replica';

export class Crowd {
  readonly users: readonly number[];
  readonly #account: BotAccount;
  readonly #sent = new Map<number, Tally>();

  /** @param firstId - what tells these users from those of other tests on the same store */
  constructor(account: BotAccount, firstId: number, count: number) {
    this.#account = account;
    this.users = Array.from({ length: count }, (_, index) => firstId + index);
    for (const user of this.users) this.#sent.set(user, { messages: 0, presses: 0, ids: [] });
  }

  /** Each user writes and presses a button, so many times. One message of `slowOneOf` takes long. */
  send(times: number, slowOneOf: number = Infinity): void {
    for (let nth = 1; nth <= times; nth++) {
      for (const user of this.users) {
        const sent = this.#of(user);
        const isSlow = (nth + user) % slowOneOf === 0;
        sent.ids.push(this.#account.text(user, isSlow ? 'slow' : 'hello').update_id);
        sent.ids.push(this.#account.button(user, 'count').update_id);
        sent.messages++;
        sent.presses++;
      }
    }
  }

  /** The tally of each user as it has to be in the end. */
  get expected(): Record<string, Tally> {
    return Object.fromEntries(this.users.map((user) => [keyOf(user), this.#of(user)]));
  }

  /** The tally of each user as it is stored, ids in order. */
  async stored(store: { get(key: string): unknown }): Promise<Record<string, Tally>> {
    const entries = this.users.map(async (user) => {
      const tally = (await store.get(keyOf(user))) as Tally;
      return [keyOf(user), { ...tally, ids: tally.ids.toSorted((a, b) => a - b) }] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  #of(user: number): Tally {
    return this.#sent.get(user) as Tally;
  }
}

function keyOf(user: number): string {
  return `${user}:${user}`;
}
