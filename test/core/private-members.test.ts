// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is source text
/** Classes with `#private` members are told from those that only write of hashtags. */

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { hasPrivateMembers } from '../../packages/core/src/data/private-members';
import { copyOf } from '../../packages/core/src/data/snapshot';
import { classOf } from './copies';

const judged = (source: string): boolean => hasPrivateMembers(classOf(source));

describe('has private members:', () => {
  test.each([
    ['a field', 'class { #n = 1; up() { this.#n++ } }'],
    ['a method', 'class { #go() {} go() { this.#go() } }'],
    ['a getter', 'class { get #n() { return 1 } n() { return this.#n } }'],
    ['a setter', 'class { set #n(n) {} n() { this.#n = 1 } }'],
    ['a static field', 'class A { static #n = 1; static up() { return A.#n++ } }'],
    ['a static method', 'class A { static #go() {} static go() { A.#go() } }'],
    ['a brand', 'class { #n; static is(o) { return #n in o } }'],
    ['a field that may be of nobody', 'class { #n; n(o) { return o?.#n } }'],
    ['a field below its object', 'class { #n; n() { return this\n  .#n } }'],
    ['a field behind a comment', 'class { #n; n() { return this. /* mine */ #n } }'],
    ['a field with a name in another script', 'class { #имя; n() { return this.#имя } }'],
    ['a field with an escape in its name', 'class { #\\u0061; n() { return this.#\\u0061 } }'],
    ['a field in a template', 'class { #n; n() { return `n: ${this.#n}` } }'],
    ['a field in a template in a template', 'class { #n; n() { return `${`${{ n: this.#n }.n}`}` } }'],
    ['a field behind braces in a template', 'class { #n; n() { return `${{ a: 1 }.a + this.#n}` } }'],
    ['a field behind a template', "class { #n; n() { return `'${{}}`+`$'` + this.#n } }"],
    ['a field between divisions', 'class { #n; n(a) { return (a) / this.#n / 2 + a++ / this.#n / 2 } }'],
    [
      'a field behind a member that is called like a word',
      'class { #n; n(a) { return a.in / this.#n / 2 } }',
    ],
  ])('%s', (_what, source) => expect(judged(source)).toBe(true));
});

/** What is no code, or looks as if it were none, each with a mark that would hide what comes after it. */
const noise = [
  "say('Welcome. #news');",
  'say("div.#main", "it\'s #x in y");',
  "say('it\\'s. #news \\\\');",
  "say('cut \\\n . #news');",
  'say(`Sale!\n. #sale ${word} . #news`);',
  'say(`${`. #inner ${word}`} . #outer \\` \\${ . #news $`);',
  'say(`${[{}, { a: {} }].length}. #news`);',
  '// fixed. #issue, don\'t look at ` and "\n',
  "/* the 'old. #issue `\n */",
  'say(/[.#]a/, /.#b["\'`/]/g);',
  'say(/* markdown */ /[_*`\'"[\\]()]/g);',
  'word = // an expression\n  /\\.#\'`"/u;',
  'word = word ? /.#a/ : typeof /.#b\'/ + [/.#c"/];',
  'word = (word) / 2 / word[0] / word.of / 2;',
  'word++ / 2; { word }\n/.#d`/.test(word);',
  'word ||= { n: 1, "#n": 2 };',
];

test('what is quoted, commented out or a regular expression is no member', () => {
  for (const line of noise)
    expect([line, judged(`class { write(say, word) { ${line} } }`)]).toEqual([line, false]);
});

test('private members are found among whatever else a class holds, and only they', () => {
  const lines = fc.array(fc.constantFrom(...noise), { maxLength: 6 }).map((some) => some.join('\n'));
  fc.assert(
    fc.property(
      lines,
      lines,
      fc.constantFrom('', 'word = this.#n;', 'word = #n in say;'),
      (before, after, use) => {
        const source = `class { #n; write(say, word) { ${before}\n${use}\n${after} } }`;
        expect(judged(source)).toBe(use !== '');
      },
    ),
    { numRuns: 500 },
  );
});

test('the text of a class is looked through once', () => {
  const Cart = classOf("class extends Uint8Array { hint() { return 'Sold. #sale' } }");
  const texts = vi.spyOn(Function.prototype, 'toString');
  expect([hasPrivateMembers(Cart), hasPrivateMembers(Cart)]).toEqual([false, false]);
  expect(texts).toHaveBeenCalledTimes(1);
  texts.mockRestore();
});

test('an instance of a class that writes of hashtags is copied', () => {
  const Menu = classOf<{ title: string; hint(): string }>(
    "class { title = 'Menu'; hint() { return 'Welcome. #news' } }",
  );
  const copy = copyOf({ menu: new Menu() }).menu;
  expect([copy.title, copy.hint()]).toEqual(['Menu', 'Welcome. #news']);
});
