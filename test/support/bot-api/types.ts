/** The few Bot API shapes that the local server builds itself; whatever else a test pushes passes through untouched. */

export interface RawUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  username?: string;
  language_code?: string;
}

export interface RawChat {
  id: number;
  type: string;
  title?: string;
  first_name?: string;
  username?: string;
}

export interface RawEntity {
  type: string;
  offset: number;
  length: number;
}

export interface RawMessage {
  message_id: number;
  date: number;
  chat: RawChat;
  from?: RawUser;
  text?: string;
  entities?: RawEntity[];
}

export interface RawCallbackQuery {
  id: string;
  from: RawUser;
  message: RawMessage;
  chat_instance: string;
  data: string;
}

/** Any update: an id and, under the name of its kind, a payload. */
export interface RawUpdate {
  readonly update_id: number;
  readonly [kind: string]: unknown;
}

export type TextUpdate = RawUpdate & { readonly message: RawMessage & { text: string; from: RawUser } };
export type ButtonUpdate = RawUpdate & { readonly callback_query: RawCallbackQuery };

/** What a bot sent along with a call. */
export type Payload = Record<string, unknown>;

/** One API call, recorded when it arrives. */
export interface ApiCall {
  /** Position among all calls of all bots. */
  readonly index: number;
  readonly token: string;
  readonly method: string;
  readonly payload: Payload;
  /** `webhook` is a call that a bot wrote into its answer to an update. */
  readonly via: 'http' | 'webhook';
  /** Whether an injected failure struck it. */
  readonly failed: boolean;
}

/** One attempt to hand an update to the bot; a second attempt at the same update is a redelivery. */
export interface Delivery {
  readonly update: RawUpdate;
  readonly attempt: number;
  readonly via: 'polling' | 'webhook';
  /** Why a webhook delivery did not count as confirmed. */
  readonly error?: string;
}
