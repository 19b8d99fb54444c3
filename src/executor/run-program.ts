import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { binding } from '../native/binding';
import { encodePart } from '../codec/encode/program';
import { EncodeError } from '../codec/schema/encode-error';
import { ValidationError, type ErrorPlace } from '../errors/errors';
import type {
  EncodedPart,
  EncodedProgram,
  NativeOutcome,
  NativePart,
  NativeProgram,
  NativeResult,
  NativeStep,
} from '../native/program';
import type { ProgramCallbacks } from '../native/contract';
import { valueAt } from '../base/format';
import { messageChannel } from '../trace/channels';
import type * as Trace from '../trace/program-trace';
import '../trace/debug';

export { binding };

// libuv's pool threads inherit the namespace of the thread that first uses the pool. That thread must not be inside
// another namespace, so the main thread uses the pool now.
if (isMainThread) fs.stat('/', () => undefined);

// Node.js runs the clean-up hooks of addons at the end of a worker, but not at the end of the process. A plan that is
// still running at process.exit() must be undone as well.
if (isMainThread) process.once('exit', () => binding.stop());

/** How long the kernel may leave one request unanswered, in milliseconds. */
export const REQUEST_DEADLINE_MS = 10_000;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The job of `binding.prefetch` to run under. */
  readonly job?: number | undefined;
  /** The place that errors name for a step; by default the family and verb of its request. */
  readonly place?: (step: number) => ErrorPlace;
  /** Called when a step begins to wait for `binding.confirm(job)`. */
  readonly waits?: ((job: number) => void) | undefined;
  /** The number of the plan that the program runs, for traces. */
  readonly plan?: number | undefined;
  /** Takes dump replies as they arrive. */
  readonly reply?: ProgramCallbacks['reply'];
  /** Makes the next part of a program that has `more`. If it throws, the program is undone. */
  readonly next?: () => NativePart | EncodedPart;
  /** Called for each part that succeeded, except the last. */
  readonly part?: (outcome: NativeOutcome) => void;
}

// The maximum number of parts queued in the executor: enough to keep the kernel busy with little memory.
const PARTS_AHEAD = 4;

/**
 * Runs a program on the executor's thread. Resolves with its outcome, also if steps failed or the signal stopped it
 * (`aborted`). Rejects with a {@link ValidationError} if a body is invalid: before any system call, or, for a later
 * part, after everything was undone.
 */
export function runProgram(
  program: NativeProgram | EncodedProgram,
  options: RunOptions = {},
): Promise<NativeOutcome> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let feeder: Feeder | undefined;
    const { atomic, deadlineMs } = program;
    const first = { ...encoded(program, options, 0), atomic, deadlineMs };
    const trace = messageChannel.hasSubscribers ? beginTrace(first, options) : undefined;
    const done = (outcome: NativeOutcome): void => {
      trace?.ended(outcome);
      if (!outcome.last) {
        options.part?.(outcome);
        feeder?.partDone();
        return;
      }
      signal?.removeEventListener('abort', abort);
      feeder?.stop();
      if (feeder?.refusal === undefined) resolve(outcome);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- What was thrown is passed on as it is.
      else reject(feeder.refusal.error);
    };
    const waits = (): void => options.waits?.(job);
    const job: number = binding.run(first, { done, waits, reply: repliesTo(options, trace) }, options.job);
    const abort = (): void => {
      binding.abort(job);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (first.more === true) feeder = new Feeder(job, stepsIn(first), options, trace);
  });
}

function beginTrace(first: EncodedPart, { plan }: RunOptions): Trace.ProgramTrace {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loaded only when somebody listens.
  const { ProgramTrace } = require('../trace/program-trace') as typeof Trace;
  const trace = new ProgramTrace(plan);
  trace.sent(first);
  return trace;
}

function repliesTo(
  { reply }: RunOptions,
  trace: Trace.ProgramTrace | undefined,
): ProgramCallbacks['reply'] | undefined {
  if (trace === undefined || reply === undefined) return reply;
  return (step, messages) => {
    trace.replied(step, messages);
    reply(step, messages);
  };
}

/** Feeds the parts of a program to the executor, one per turn of the event loop. */
class Feeder {
  readonly #job: number;
  readonly #options: RunOptions;
  readonly #trace: Trace.ProgramTrace | undefined;
  /** The number of steps passed so far. */
  #steps: number;
  #ahead = 1;
  #more = true;
  #turn: NodeJS.Immediate | undefined;
  /** The error that made it undo the program. */
  refusal: { readonly error: unknown } | undefined;

  constructor(job: number, steps: number, options: RunOptions, trace: Trace.ProgramTrace | undefined) {
    this.#job = job;
    this.#options = options;
    this.#trace = trace;
    this.#steps = steps;
    this.#continue();
  }

  partDone(): void {
    this.#ahead -= 1;
    this.#continue();
  }

  stop(): void {
    this.#more = false;
    clearImmediate(this.#turn);
  }

  #continue(): void {
    if (!this.#more || this.#turn !== undefined || this.#ahead >= PARTS_AHEAD) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#feed();
      this.#continue();
    });
  }

  #feed(): void {
    try {
      const part = encoded(this.#options.next?.() ?? { slots: [], steps: [] }, this.#options, this.#steps);
      this.#trace?.sent(part);
      binding.extend(this.#job, part);
      this.#steps += stepsIn(part);
      this.#ahead += 1;
      this.#more = part.more === true;
    } catch (error) {
      this.#more = false;
      this.refusal = { error };
      binding.abort(this.#job);
    }
  }
}

// `first`: the number of the part's first step.
function encoded(part: NativePart | EncodedPart, options: RunOptions, first: number): EncodedPart {
  if (!('steps' in part)) return part;
  try {
    return encodePart(part);
  } catch (error) {
    throw error instanceof EncodeError ? refusalError(error, part, options, first) : error;
  }
}

/** Throws a ValidationError for a step whose body cannot be encoded. Makes no system call. */
export function checkBodies(steps: readonly NativeStep[], place: NonNullable<RunOptions['place']>): void {
  encoded({ slots: [], steps: [...steps] }, { place }, 0);
}

function stepsIn({ words }: EncodedPart): number {
  return words[0] as number;
}

function refusalError(
  refusal: EncodeError,
  program: NativePart,
  options: RunOptions,
  first: number,
): ValidationError {
  const { path, problem, step: index } = refusal;
  const step = program.steps[index];
  const request = step?.op === 'transaction' ? step.requests[refusal.request] : step;
  const body = request !== undefined && 'body' in request ? request : undefined;
  const place = options.place?.(first + index) ?? (body && { operation: `${body.family}.${body.verb}` });
  return new ValidationError({ ...place, path: publicPath(path), value: valueAt(body?.body, path), problem });
}

/** Closes what a program opened, if unused, instead of leaving it to the garbage collector. */
export function discard(results: readonly NativeResult[]): void {
  for (const { netns, socket } of results) {
    if (netns) binding.close(netns.handle);
    if (socket) binding.close(socket);
  }
}

/**
 * Translates a kernel path into the caller's. Callers write the peer of a link beside its kind; the kernel has it in
 * the kind's data. The kernel's structures in a qdisc's data (`parms`, `init`) are omitted. Callers name features; the
 * kernel has a list of bits.
 */
export function publicPath(path: string): string {
  return path
    .replace(/^data\.(?=peer\b)/, '')
    .replace(/^data\.(?:parms|init)\./, 'data.')
    .replace(/^wanted\.bits\b.*/, 'features');
}
