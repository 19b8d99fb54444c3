import os from 'node:os';
import { ClosedError, NetlinkError, type ErrorPlace } from '../../errors/errors';
import { discard, publicPath } from '../../executor/run-program';
import type {
  EncodedPart,
  NativeFailure,
  NativeOutcome,
  NativePart,
  NativeResult,
  NativeSlot,
  NativeStep,
} from '../../native/program';
import type { SocketHandle } from '../../native/handles';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';
import { emptyTable, own } from '../../base/own';
import { irreversibleText } from '../../rtnl/undo';
import { Compiler } from '../compile/compile';
import type { PlanResult, PlanSpec } from '../spec/spec';
import { type CompiledChunk, type Chunk, chunkOf } from '../compile/chunk';
import type { Step } from '../spec/step';
import type { PlanTrace } from './plan-trace';
import { handlerOf, isIrreversible, outsideRunOf, placeOfStep } from '../handlers/handlers';

/** The namespaces and sockets that a plan is given. */
export type PlanPlaces = Required<Omit<PlanSpec, 'steps'>>;

/** One run of a plan in the executor: feeds it the chunks, and translates outcomes into results and errors of steps. */
export class PlanRun {
  readonly #trace: PlanTrace | undefined;
  readonly #places: PlanPlaces;
  readonly #chunks: readonly Chunk[];
  readonly #compiler: Compiler;
  /** The number of the first step of each compiled chunk. */
  readonly #starts: number[] = [];
  #steps = 0;
  readonly #outcomes: NativeOutcome[] = [];
  readonly #irreversible: string[] = [];
  readonly #result = {
    namespaces: emptyTable<NetworkNamespace>(),
    replies: [] as (readonly object[] | undefined)[],
    sockets: emptyTable<SocketHandle>(),
    previous: {} as Record<number, string>,
  };

  constructor(places: PlanPlaces, chunks: readonly Chunk[], trace?: PlanTrace) {
    this.#trace = trace;
    this.#places = places;
    this.#chunks = chunks;
    this.#compiler = new Compiler(Object.keys(places.namespaces));
  }

  /** Compiles the next chunk. `closing` are internal steps that follow it. */
  next(closing: readonly NativeStep[] = []): NativePart | EncodedPart {
    const chunk = this.#chunks[this.#starts.length] ?? chunkOf([]);
    const compiled = chunk.compile(this.#compiler);
    this.#starts.push(this.#steps);
    const slots = compiled.labels.map((label) => this.#slotOf(label));
    const more = this.#starts.length < this.#chunks.length;
    this.#steps += stepsIn(compiled);
    if (!('steps' in compiled)) return { slots, more, ...compiled };
    return { slots, more, steps: [...compiled.steps, ...closing] };
  }

  /** Records the outcome of a chunk that succeeded. */
  note(outcome: NativeOutcome): void {
    this.#outcomes.push(outcome);
    this.#trace?.steps(outcome, (index) => this.#stepAt(index));
    const { hasResult } = this.#chunkOf(outcome.first);
    for (const [index, result] of outcome.results.entries()) {
      // Most of thousands of steps have no result: skipping them saves looking each one up.
      const step = hasResult || result.netns ? this.#stepAt(outcome.first + index) : undefined;
      if (step) this.#noteStep(step, outcome.first + index, result);
    }
  }

  /** Complete once the last chunk is recorded. */
  get result(): PlanResult {
    return this.#result;
  }

  /** The place that errors name for a step. */
  readonly placeOf = (index: number): ErrorPlace => {
    const step = this.#stepAt(index);
    return step === undefined ? { operation: 'plan.apply' } : placeOfStep(step, index);
  };

  /** Closes the handles of chunks that succeeded, after everything was undone. */
  discard(): void {
    for (const { results } of this.#outcomes) discard(results);
  }

  /** Closes the handles of a plan that was undone. Returns one line for each step that could not be undone. */
  fail(outcome: NativeOutcome): string[] {
    this.#trace?.steps(outcome, (index) => this.#stepAt(index));
    this.discard();
    discard(outcome.results);
    const { hasResult } = this.#chunkOf(outcome.first);
    const last = outcome.results.flatMap(({ done }, index) => {
      const step = hasResult && done ? this.#stepAt(outcome.first + index) : undefined;
      return step ? this.#irreversibleLine(step, outcome.first + index) : [];
    });
    const refused = outcome.notUndone.map(
      ({ step, failure }) => NetlinkError.of(failure, this.placeOf(step)).message,
    );
    return [...this.#irreversible, ...last, ...refused];
  }

  /** The error of a plan that was undone. */
  errorOf(outcome: NativeOutcome, notUndone: readonly string[], signal: AbortSignal | undefined): unknown {
    const failure = outcome.results[outcome.failed - outcome.first]?.failure;
    return failure ? this.#failed(outcome.failed, failure, notUndone) : aborted(notUndone, signal);
  }

  #failed(index: number, failure: NativeFailure, notUndone: readonly string[]): NetlinkError {
    const step = this.#stepAt(index);
    const place = this.placeOf(index);
    const object = (step && handlerOf(step).failedPart?.(step, failure)) ?? place.object;
    return NetlinkError.of({ ...failure, path: publicPath(failure.path) }, { ...place, object }, notUndone);
  }

  #slotOf(label: string): NativeSlot {
    const netns = own(this.#places.namespaces, label);
    return { ...(netns && { netns: handleOf(netns) }), ...own(this.#places.sockets, label), label };
  }

  #startOf(index: number): number {
    return this.#starts.findLast((start) => start <= index) ?? 0;
  }

  #chunkOf(index: number): Chunk {
    return this.#chunks[this.#starts.lastIndexOf(this.#startOf(index))] ?? chunkOf([]);
  }

  #stepAt(index: number): Step | undefined {
    return this.#chunkOf(index).stepAt(index - this.#startOf(index));
  }

  #noteStep(step: Step, index: number, result: NativeResult): void {
    const handler = handlerOf(step);
    handler.record?.(step, result, this.#result, index);
    this.#result.replies.push(result.reply && handler.reply?.(step, result.reply));
    this.#irreversible.push(...this.#irreversibleLine(step, index));
  }

  // The executor has only placeholders of the steps that JavaScript runs.
  #irreversibleLine(step: Step, index: number): string[] {
    const isOwn = isIrreversible(step) && outsideRunOf(step) === undefined;
    return isOwn ? [irreversibleText(placeOfStep(step, index))] : [];
  }
}

function stepsIn(compiled: CompiledChunk): number {
  return 'steps' in compiled ? compiled.steps.length : (compiled.words[0] as number);
}

function aborted(notUndone: readonly string[], signal: AbortSignal | undefined): unknown {
  if (signal?.aborted !== true) return new ClosedError('the executor of this environment');
  if (notUndone.length === 0) return signal.reason;
  const errno = os.constants.errno.ECANCELED;
  return new NetlinkError({ errno, operation: 'plan.apply', notUndone, cause: signal.reason as unknown });
}
