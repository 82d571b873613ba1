/** Schemas: what a session has to look like, in the words that zod, valibot, arktype and others share. */

import { isObject, shown } from './check';
import { shownStep } from './data/unstorable';
import { SessionError } from './errors';

/**
 * A Standard Schema (standardschema.dev, version 1), known by its shape. It must accept its own output, because what it
 * makes of stored data is what will be stored next.
 *
 * @typeParam S - what the schema makes of what it is given
 */
export interface SchemaLike<S> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<S> | Promise<SchemaResult<S>>;
    readonly types?: { readonly input: unknown; readonly output: S } | undefined;
  };
}

type SchemaResult<S> =
  | { readonly value: S; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that does not fit. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * What a session is not as its schema wants it. The issues are not enumerable, because their texts may quote the data,
 * and errors are logged.
 */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
  declare readonly issues: readonly SchemaIssue[];

  constructor(vendor: string, issues: readonly SchemaIssue[]) {
    super(`The ${vendor} schema does not accept ${places(issues)}.`);
    Object.defineProperty(this, 'issues', { value: issues });
  }
}

export function isSchema(value: unknown): value is SchemaLike<unknown> {
  const standard = (value as Partial<SchemaLike<unknown>> | null | undefined)?.['~standard'];
  return standard?.version === 1 && typeof standard.validate === 'function';
}

/**
 * What a schema makes of a value.
 *
 * @param outcome - what the refusal means for the session, for the error's text
 * @throws SessionError `SESSION_INVALID` when the value does not fit, or the schema throws
 */
export async function fitted<S>(
  schema: SchemaLike<S>,
  value: unknown,
  key: string,
  outcome: string,
): Promise<S> {
  let result: SchemaResult<S>;
  try {
    result = await schema['~standard'].validate(value);
    if (!isObject(result))
      throw new TypeError(`A schema answers { value } or { issues }, but this one ${shown(result)}.`);
  } catch (cause) {
    const text = `The schema threw instead of telling what does not fit; see cause. ${outcome}`;
    throw new SessionError('SESSION_INVALID', text, { key, cause });
  }
  if (result.issues === undefined) return result.value;
  const cause = new SchemaMismatch(schema['~standard'].vendor, result.issues);
  throw new SessionError('SESSION_INVALID', `${cause.message} ${outcome}`, { key, cause });
}

const SHOWN = 5;

function places(issues: readonly SchemaIssue[]): string {
  const paths = issues.map(({ path = [] }) =>
    path
      .map((step) => (typeof step === 'object' ? step.key : step))
      .map(shownStep)
      .join(''),
  );
  const named = [...new Set(paths.map((path) => `session${path}`))];
  const more = named.length > SHOWN ? ` and ${named.length - SHOWN} more` : '';
  return named.slice(0, SHOWN).join(', ') + more;
}
