/** The door to the local Bot API server; tests and the demo import it from here. */

export type { BotAccount } from './bot-api/account';
export type { Fault } from './bot-api/faults';
export type { Line } from './bot-api/lines';
export { BotApiServer, type BotApiServerOptions } from './bot-api/server';
export type { ApiCall, ButtonUpdate, Delivery, RawUpdate, TextUpdate } from './bot-api/types';
