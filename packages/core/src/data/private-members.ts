/** Whether a class uses private members: from outside they cannot be seen, but its source text shows them. */

/** The answers, once for each class. */
const answers = new WeakMap<object, boolean>();

/** Whether a class has `#private` members, or what TypeScript, esbuild or Babel make of them for older engines. */
export function hasPrivateMembers(made: object): boolean {
  let answer = answers.get(made);
  if (answer === undefined) {
    answer = PRIVATE.test(codeOf(Function.prototype.toString.call(made)));
    answers.set(made, answer);
  }
  return answer;
}

/** Minified helpers cannot be recognised. */
const PRIVATE =
  /\.\s*#[\p{ID_Start}$_\\]|#[\p{ID_Continue}$\\]+\s+in\b|_private(?:Get|Set)|_classPrivateField/u;

/** Comments; strings; what may be a regular expression; the quote of a template, and the braces that lead back into one. */
const NO_CODE =
  /\/\/[^\n]*|\/\*.*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\/|[`{}]/gsu;

/** From the quote of a template, or the end of code in it, to where there is code again. */
const TEMPLATE = /(?:\\.|\$(?!\{)|[^`$\\])*(?:`|\$\{)/suy;

/** After a value, a slash divides. These words are none. */
const VALUE = /(?:[\p{ID_Continue}$)\]'"`]|\+\+|--)$/u;
const WORD =
  /(?:^|[^\p{ID_Continue}$.])(?:return|typeof|case|do|else|in|of|instanceof|void|delete|throw|new|await|yield)$/u;
const LONGEST = 12;

/** A source text without comments and without what is quoted. What stands in the braces of a template is code. */
function codeOf(source: string): string {
  const braces: string[] = [];
  let code = '';
  let at = 0;
  for (;;) {
    NO_CODE.lastIndex = at;
    const match = NO_CODE.exec(source);
    if (match === null) return code + source.slice(at);
    const [token] = match;
    code += source.slice(at, match.index);
    at = NO_CODE.lastIndex;
    if (/^\/[^/*]/.test(token) && divides(code)) {
      code += '/';
      at = match.index + 1;
      continue;
    }
    code += token.startsWith('/') ? ' ' : token[0];
    if (token === '{') braces.push(token);
    if (token !== '`' && (token !== '}' || braces.pop() !== '`')) continue;
    TEMPLATE.lastIndex = at;
    const [text = ''] = TEMPLATE.exec(source) ?? [];
    at += text.length;
    if (text.endsWith('{')) braces.push('`');
  }
}

/** Whether a slash that comes next divides, and begins no regular expression. */
function divides(code: string): boolean {
  const end = code.trimEnd().slice(-LONGEST);
  return VALUE.test(end) && !WORD.test(end);
}
