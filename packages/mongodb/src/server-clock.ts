/** The server's clock as far as this process knows it: the only one that may say when a value ends. */

/** After how long the machine's own clock may have been set, or have stood still, in between. */
const TRUSTED_MS = 600_000;

/** A date that the server computes in an update cannot depend on data, so the dates of values are computed here. */
export class ServerClock {
  /** How far the server is ahead of this machine, and when that was learned. */
  #ahead = 0;
  #learnedAt = Number.NEGATIVE_INFINITY;

  /** @param ask - asks the server what time it is */
  constructor(readonly ask: () => Promise<Date>) {}

  /** The server's time. It is late by up to the time that an answer takes, so nothing ends too early. */
  async now(): Promise<number> {
    const age = Date.now() - this.#learnedAt;
    if (age < 0 || age > TRUSTED_MS) {
      const askedAt = Date.now();
      this.learn(await this.ask(), askedAt);
    }
    return Date.now() + this.#ahead;
  }

  /** Takes over what an answer has told. */
  learn(serverTime: Date, askedAt: number): void {
    this.#ahead = serverTime.getTime() - askedAt;
    this.#learnedAt = Date.now();
  }
}
