/** What a handler gets for one update. */

import type { RawChat, RawMessage, RawUser } from '../bot-api/types';
import type { SceneControls, VibegramClient, VibegramContext, VibegramUpdate, WizardControls } from './shape';

const MESSAGES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_message',
  'edited_business_message',
];

interface Payload {
  readonly chat?: RawChat;
  readonly message?: RawMessage;
  readonly from?: RawUser;
  readonly user?: RawUser;
}

// biome-ignore lint/suspicious/noExplicitAny: the framework's own default
export class Context<S = any> implements VibegramContext<S> {
  readonly update: VibegramUpdate;
  readonly client: VibegramClient;
  // A data property of each context from the start, which session middleware has to take over.
  session: S = undefined as S;
  declare scene?: SceneControls;
  declare wizard?: WizardControls;
  declare command?: { name: string; args: string[] };
  declare match?: RegExpMatchArray | null;

  constructor(update: VibegramUpdate, client: VibegramClient) {
    this.update = update;
    // A client of its own for each update, so that one handler's changes to it do not show in another.
    this.client = Object.create(client) as VibegramClient;
  }

  get updateType(): string {
    return Object.keys(this.update).find((key) => key !== 'update_id') ?? 'event';
  }

  get message(): RawMessage | undefined {
    return MESSAGES.includes(this.updateType) ? (this.update[this.updateType] as RawMessage) : undefined;
  }

  get chat(): RawChat | undefined {
    return this.#payload.chat ?? this.#payload.message?.chat;
  }

  get from(): RawUser | undefined {
    return this.#payload.from ?? this.#payload.user;
  }

  async reply(text: string, extra?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.chat == null) throw new Error('This update has no chat to reply to');
    return this.client.callApi('sendMessage', { chat_id: this.chat.id, text, ...extra });
  }

  get #payload(): Payload {
    return Object(this.update[this.updateType]) as Payload;
  }
}
