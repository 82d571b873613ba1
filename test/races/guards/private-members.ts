/** The guards of what tells private members from text. */

import { type Guard, guardsOf } from './guard';

const ofPrivateMembers = guardsOf('core/src/data/private-members.ts');

export const privateMembers: readonly Guard[] = [
  ofPrivateMembers(
    'that a class is looked through once',
    '    answers.set(made, answer);\n',
    '',
    'core/private-members.test.ts',
    'the text of a class is looked through once',
  ),
  ofPrivateMembers(
    'that what is quoted is no code',
    'PRIVATE.test(codeOf(Function.prototype.toString.call(made)))',
    'PRIVATE.test(Function.prototype.toString.call(made))',
    'core/private-members.test.ts',
    'what is quoted, commented out or a regular expression is no member',
  ),
  ofPrivateMembers(
    'that a slash behind a value divides',
    ' && divides(code)) {',
    ' && code === source) {',
    'core/private-members.test.ts',
    'a field between divisions',
  ),
  ofPrivateMembers(
    'that a regular expression follows a word',
    ' && !WORD.test(end);',
    ';',
    'core/private-members.test.ts',
    'what is quoted, commented out or a regular expression is no member',
  ),
  ofPrivateMembers(
    'that a member may be called like a word',
    '[^\\p{ID_Continue}$.])(?:return',
    '[^\\p{ID_Continue}$])(?:return',
    'core/private-members.test.ts',
    'a field behind a member that is called like a word',
  ),
  ofPrivateMembers(
    'that a template has code in its braces',
    "    if (text.endsWith('{')) braces.push('`');\n",
    '',
    'core/private-members.test.ts',
    'what is quoted, commented out or a regular expression is no member',
  ),
  ofPrivateMembers(
    'that braces of code lead back into no template',
    "    if (token === '{') braces.push(token);\n",
    '',
    'core/private-members.test.ts',
    'a field behind braces in a template',
  ),
  ofPrivateMembers(
    'that a name that is looked for in an object is a private one',
    '|#[\\p{ID_Continue}$\\\\]+\\s+in\\b',
    '',
    'core/private-members.test.ts',
    'a brand',
  ),
];
