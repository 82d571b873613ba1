/** How a session fits a bot in types: by what the bot's context declares under the session's property. */

/**
 * The type of the session's data: what the bot's context declares, else what `initial` makes. No context is `never`.
 *
 * The compiler asks also before it knows the property: with `never`, when it infers the type of a store that is made in
 * place, and with any `string`, when it looks at `initial`. There `S` is what {@link Host} has found in the bot's context, by
 * which it tells `'idle'` from a string, and a pair from an array.
 */
export type DataOf<S, C, P extends string> = [P] extends [never]
  ? never
  : [C] extends [never]
    ? S
    : P extends string
      ? string extends P
        ? S
        : [P] extends [keyof C]
          ? Declared<C, P>
          : S
      : never;

/**
 * The context that a middleware asks for: that of the bot, if it declares the property, and admits there what the
 * middleware gives.
 *
 * The first branch is for the compiler, which looks for type arguments in all of them: here it finds `S`, the type under
 * `session`. The lone `C` lets a bot of a generic type fit this branch too.
 */
export type Host<C, P extends string, Session, Given> = [C] extends [never]
  ? C | (C & Record<'session', Session>)
  : [P & keyof C] extends [never]
    ? C & Record<NoInfer<P>, unknown>
    : [Given] extends [Declared<C, P>]
      ? C
      : C & Record<NoInfer<P>, Promise<unknown>>;

/** What a context declares under the property; `unknown` where it declares nothing. */
type Declared<C, P extends string> = (C & Record<P, unknown>)[P];
