import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { ValidationError, type ErrorPlace } from './errors';
import {
  loadBinding,
  type NativeOutcome,
  type NativeProgram,
  type NativeRefusal,
  type NativeResult,
} from './native';
import { valueAt } from './text';

/** The native addon of this environment. */
export const binding = loadBinding();

// libuv's pool threads are born in the namespace of the thread that first uses the pool. That must not be a thread that
// entered another namespace, so the main thread uses it now.
if (isMainThread) fs.stat('/', () => undefined);

// Node.js tears a worker's environment down with the clean-up hooks of its addons, but leaves the process without. A plan
// that is under way at process.exit() must be taken back all the same.
if (isMainThread) process.once('exit', () => binding.stop());

/** How long the kernel may leave one request unanswered, in milliseconds. */
export const REQUEST_DEADLINE_MS = 10_000;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** What errors say of a step; by default the family and verb of its request. */
  readonly place?: (step: number) => ErrorPlace;
  /** Called when a step of the program begins to wait for `binding.confirm(job)`. */
  readonly waits?: ((job: number) => void) | undefined;
}

/**
 * Runs a program on the executor's thread. Resolves with its outcome, also when steps failed or the signal stopped it
 * (`aborted`). Rejects with a {@link ValidationError} if a body was refused, before any system call.
 */
export function runProgram(program: NativeProgram, options: RunOptions = {}): Promise<NativeOutcome> {
  const { signal } = options;
  return new Promise((resolve) => {
    signal?.throwIfAborted();
    const job = submit(program, options, (outcome) => {
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    });
    const abort = (): void => {
      binding.abort(job);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function submit(program: NativeProgram, options: RunOptions, done: (outcome: NativeOutcome) => void): number {
  try {
    const job: number = binding.run(program, done, () => options.waits?.(job));
    return job;
  } catch (error) {
    throw isRefusal(error) ? refusalError(error, program, options) : error;
  }
}

// What the addon throws is made outside of the JavaScript that runs here: `instanceof` would not know it.
function isRefusal(error: unknown): error is NativeRefusal {
  return typeof error === 'object' && error !== null && 'refused' in error;
}

function refusalError(refusal: NativeRefusal, program: NativeProgram, options: RunOptions): ValidationError {
  const { path, problem, step: index = 0 } = refusal;
  const step = program.steps[index];
  const request = step?.op === 'transaction' ? step.requests[refusal.request ?? 0] : step;
  const body = request !== undefined && 'body' in request ? request : undefined;
  const place = options.place?.(index) ?? (body && { operation: `${body.family}.${body.verb}` });
  return new ValidationError({ ...place, path: publicPath(path), value: valueAt(body?.body, path), problem });
}

/** Closes what a program opened and nobody will use, instead of leaving it to the garbage collector. */
export function discard(results: readonly NativeResult[]): void {
  for (const { netns, socket } of results) {
    if (netns) binding.close(netns.handle);
    if (socket) binding.close(socket);
  }
}

/**
 * Callers write the peer of a link beside its kind, which the kernel has among the kind's data; and what the kernel has in
 * structures of a qdisc's data (`parms`, `init`) without these.
 */
export function publicPath(path: string): string {
  return path.replace(/^data\.(?=peer\b)/, '').replace(/^data\.(?:parms|init)\./, 'data.');
}
