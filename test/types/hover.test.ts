/** What an editor shows over `ctx.session`, in the quick starts of the README. */

import { expect, test } from 'vitest';
import { blockFor, readBlocks } from '../release/reading/readme';
import { Editor } from './language';

const editor = new Editor();
const blocks = readBlocks('README.md');

/** Of vibegram, `Context` itself declares the session, as `any`, and no middleware can change that. */
const hovers = [
  { framework: 'grammy', text: '(property) SessionFlavor<MySession>.session: MySession' },
  { framework: 'telegraf', text: '(property) session: MySession' },
  { framework: 'vibegram', text: '(property) VibegramContext<any>.session: any' },
].map((each) => ({
  ...each,
  // Opened before anything is asked, so that one program answers for all.
  file: editor.open(`const token = '';\n${blockFor(blocks, each.framework).code}`),
}));

test.each(hovers)(
  'the session of the quick start for $framework reads $text',
  { timeout: 60_000 },
  ({ file, text }) => {
    expect(editor.complaints(file)).toEqual([]);
    expect(editor.hover(file, 'ctx.session').replace(/\s*\n\s*/g, ' ')).toBe(text);
  },
);
