/** The demo: against a local Bot API server, or on the real Telegram where `BOT_TOKEN` is set. */

import { live } from './live';
import { show } from './show';

const { BOT_TOKEN, BOT_API_ROOT } = process.env;

process.exitCode = await (BOT_TOKEN === undefined ? show() : live(BOT_TOKEN, BOT_API_ROOT));
