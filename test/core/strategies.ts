/** Every key strategy of the core, by its name. */

import {
  byChat,
  byChatAndUser,
  byTopic,
  byTopicAndUser,
  byUser,
  grammyKey,
  telegrafKey,
  vibegramKey,
} from '@sessiongram/core';

export const ownStrategies = { byChat, byChatAndUser, byTopic, byTopicAndUser, byUser };

/** With those for data that a framework's own session has left. */
export const strategies = { ...ownStrategies, grammyKey, telegrafKey, vibegramKey };
