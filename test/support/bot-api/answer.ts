/** Answers in the form that Telegram's server gives them. */

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden: bot was blocked by the user',
  404: 'Not Found',
  409: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
};

export function succeed(result: unknown, description?: string): ApiAnswer {
  return { status: 200, body: { ok: true, result, ...(description == null ? {} : { description }) } };
}

/** A refusal; the HTTP status is the `error_code` too, as with Telegram. */
export function refuse(status: number, description?: string, retryAfter?: number): ApiAnswer {
  const text =
    description ?? (status === 429 ? `Too Many Requests: retry after ${retryAfter ?? 1}` : undefined);
  return {
    status,
    body: {
      ok: false,
      error_code: status,
      description: text ?? DESCRIPTIONS[status] ?? `Error ${status}`,
      ...(retryAfter == null ? {} : { parameters: { retry_after: retryAfter } }),
    },
  };
}
