/** The way from one running bot to the server, under its own base address, so that a test can cut just this one. */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Line {
  /** The base address to give to the bot. */
  readonly url: string;
  /** Breaks off every call under way and refuses every later one: to the server this bot is dead. */
  cut(): void;
}

interface State {
  isCut: boolean;
  readonly open: Set<Socket>;
}

export class Lines {
  readonly #base: string;
  readonly #lines = new Map<string, State>();

  constructor(base: string) {
    this.#base = base;
  }

  open(): Line {
    const path = `/line${this.#lines.size + 1}`;
    const state: State = { isCut: false, open: new Set() };
    this.#lines.set(path, state);
    return {
      url: this.#base + path,
      cut: () => {
        state.isCut = true;
        for (const socket of state.open) socket.destroy();
      },
    };
  }

  /** Whether a call may pass; one on a line that was cut loses its connection. */
  enter(path: string | undefined, socket: Socket, response: ServerResponse): boolean {
    if (path == null) return true;
    const line = this.#lines.get(path);
    if (line == null || line.isCut) {
      socket.destroy();
      return false;
    }
    line.open.add(socket);
    response.once('close', () => line.open.delete(socket));
    return true;
  }
}
