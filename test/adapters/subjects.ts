/** The adapters on their real frameworks: what each test of this folder runs on, and the updates it feeds them. */

import * as grammy from '@sessiongram/grammy';
import * as telegraf from '@sessiongram/telegraf';
import * as vibegram from '@sessiongram/vibegram';
import type { RawUpdate } from '../support/bot-api-server';
import { type AnyMiddleware, type Framework, frameworks } from '../support/frameworks';

export interface Counter {
  counter: number;
}

/** A framework with its adapter, whose types are tested elsewhere. */
export interface Subject extends Framework {
  session(options?: object): AnyMiddleware;
  lazySession(options?: object): AnyMiddleware;
}

const adapters = { grammy, telegraf, vibegram };

export const subjects: readonly Subject[] = frameworks.map((framework) => {
  const { session, lazySession } = adapters[framework.name] as unknown as Subject;
  return { ...framework, session, lazySession };
});

export function subject(name: Framework['name']): Subject {
  return subjects.find((each) => each.name === name) as Subject;
}

/** `[1, 2, …, count]` */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** A private message; its key is `userId:userId`. */
export function textFrom(userId: number, update_id = 1, text = 'hi'): RawUpdate {
  const from = { id: userId, is_bot: false, first_name: `User ${userId}` };
  const chat = { id: userId, type: 'private', first_name: from.first_name };
  const command = /^\/\w+/.exec(text)?.[0];
  const entities = command && [{ type: 'bot_command', offset: 0, length: command.length }];
  return {
    update_id,
    message: { message_id: update_id, date: 1, chat, from, text, ...(entities && { entities }) },
  };
}

/** Updates that belong to no session. */
export const keylessUpdates: readonly (readonly [kind: string, update: RawUpdate])[] = [
  [
    'poll',
    {
      update_id: 901,
      poll: {
        id: '1',
        question: '?',
        options: [],
        total_voter_count: 0,
        is_closed: false,
        is_anonymous: true,
        type: 'regular',
        allows_multiple_answers: false,
      },
    },
  ],
  [
    'message_reaction_count',
    {
      update_id: 902,
      message_reaction_count: {
        chat: { id: -1001, type: 'channel', title: 'News' },
        message_id: 1,
        date: 1,
        reactions: [],
      },
    },
  ],
];

/** An update that belongs to no session. */
export const keyless = keylessUpdates[0]?.[1] as RawUpdate;
