/** One process of a bot: handles the jobs that its parent hands out, and acknowledges them. */

import { setTimeout as pause } from 'node:timers/promises';
import { middlewareOf, type Session, SessionError, Sessions, type UpdateContext } from '@sessiongram/core';
import { countPolls } from './count-polls';
import { openPlace } from './place';
import type { FromWorker, Ids, Job, ToWorker, WorkerSetup } from './protocol';

interface JobContext extends UpdateContext {
  readonly key: string;
  readonly session?: Ids;
}

const gates = new Map<string, () => void>();

void work(JSON.parse(process.argv[2] ?? '') as WorkerSetup);

async function work({ place, leaseMs, exclusive = 'store' }: WorkerSetup): Promise<void> {
  const counted = countPolls((await openPlace(place)).store);
  const sessions = new Sessions<Ids>({
    store: counted.store,
    initial: () => ({ ids: [] }),
    leaseMs,
    exclusive,
    skipRedelivered: exclusive === 'store',
  });
  const throughMiddleware = middlewareOf<Ids, JobContext>(
    { sessions, getSessionKey: (ctx) => ctx.key },
    { where: 'session()', onMissingKey: 'throw', mode: 'eager' },
  );

  async function handle(job: Job): Promise<void> {
    if (job.updateId === undefined) return sessions.run(job.key, (session) => append(session, job));
    const ctx: JobContext = { update: { update_id: job.updateId }, key: job.key };
    await throughMiddleware(ctx, () => append({ data: ctx.session as Ids }, job));
  }

  process.on('disconnect', () => process.exit());
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'go') gates.get(message.id)?.();
    else if (message.kind === 'polls') tell({ kind: 'polls', polls: counted.polls });
    else {
      const { id } = message.job;
      handle(message.job).then(
        () => tell({ kind: 'acknowledged', id }),
        (error: unknown) => tell({ kind: 'refused', id, code: codeOf(error), text: textOf(error) }),
      );
    }
  });
  tell({ kind: 'ready' });
}

/** Takes hold of the list before it waits, as a handler does that awaits a call between reading and writing. */
async function append(session: Pick<Session<Ids>, 'data'>, job: Job): Promise<void> {
  const { ids } = session.data;
  if (job.gated) {
    const opened = new Promise<void>((resolve) => gates.set(job.id, resolve));
    tell({ kind: 'holding', id: job.id });
    await opened;
    gates.delete(job.id);
  } else {
    await pause(job.ms);
  }
  ids.push(job.id);
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

function codeOf(error: unknown): string {
  return error instanceof SessionError ? error.code : 'NOT_A_SESSION_ERROR';
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} <- ${textOf(error.cause)}`;
}
