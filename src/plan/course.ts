import os from 'node:os';
import path from 'node:path';
import { ClosedError, NetlinkError, type ErrorPlace } from '../errors/errors';
import { discard, publicPath } from '../executor/run-program';
import type {
  EncodedPart,
  NativeFailure,
  NativeOutcome,
  NativePart,
  NativeResult,
  NativeSlot,
  NativeStep,
  SocketHandle,
} from '../native/contract';
import { handleOf } from '../nsfs/handle';
import { NETNS_DIRECTORY } from '../nsfs/name';
import { NetworkNamespace } from '../netns/namespace';
import { emptyTable, own } from '../base/own';
import { objectsOf } from '../rtnl/result';
import { requestOf } from '../rtnl/operations';
import { irreversibleText } from '../rtnl/undo';
import { Compiler, placeOfStep } from './compile';
import type { PlanResult, PlanSpec } from './spec/spec';
import { type CompiledPart, type Part, partOf } from './part';
import { isRequestStep, type Step } from './spec/step';
import { isIrreversible } from './irreversible';

/** What a plan works on, whatever its steps are. */
export type PlanPlaces = Required<Omit<PlanSpec, 'steps'>>;

/** One plan on its way through the executor, in the words of its steps. */
export class Course {
  readonly #places: PlanPlaces;
  readonly #parts: readonly Part[];
  readonly #compiler: Compiler;
  /** The number of the first step of each part that was compiled. */
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

  constructor(places: PlanPlaces, parts: readonly Part[]) {
    this.#places = places;
    this.#parts = parts;
    this.#compiler = new Compiler(Object.keys(places.namespaces));
  }

  /** Compiles the next part; `closing` are steps of the executor's own behind it. */
  next(closing: readonly NativeStep[] = []): NativePart | EncodedPart {
    const part = this.#parts[this.#starts.length] ?? partOf([]);
    const compiled = part.compile(this.#compiler);
    this.#starts.push(this.#steps);
    const slots = compiled.labels.map((label) => this.#slotOf(label));
    const more = this.#starts.length < this.#parts.length;
    this.#steps += stepsIn(compiled);
    if (!('steps' in compiled)) return { slots, more, ...compiled };
    return { slots, more, steps: [...compiled.steps, ...closing] };
  }

  /** Takes note of what a part came to that was done. */
  note(outcome: NativeOutcome): void {
    this.#outcomes.push(outcome);
    const { tells } = this.#partOf(outcome.first);
    for (const [index, result] of outcome.results.entries()) {
      // Of thousands of steps most only made something: they are not looked at again.
      const step = tells || result.netns ? this.#stepAt(outcome.first + index) : undefined;
      if (step) this.#noteStep(step, outcome.first + index, result);
    }
  }

  /** Once the last part was noted. */
  get result(): PlanResult {
    return this.#result;
  }

  /** What errors say of a step. */
  readonly placeOf = (index: number): ErrorPlace => {
    const step = this.#stepAt(index);
    return step === undefined ? { operation: 'plan.apply' } : placeOfStep(step, index);
  };

  /** Gives back what parts made that were done, when all of it was taken back. */
  discard(): void {
    for (const { results } of this.#outcomes) discard(results);
  }

  /** Gives back what was made on the way, and is gone by now. Returns what could not be taken back, one line each. */
  fail(outcome: NativeOutcome): string[] {
    this.discard();
    discard(outcome.results);
    const { tells } = this.#partOf(outcome.first);
    const last = outcome.results.flatMap(({ done }, index) => {
      const step = tells && done ? this.#stepAt(outcome.first + index) : undefined;
      return step ? this.#irreversibleLine(step, outcome.first + index) : [];
    });
    const refused = outcome.notUndone.map(
      ({ step, failure }) => NetlinkError.of(failure, this.placeOf(step)).message,
    );
    return [...this.#irreversible, ...last, ...refused];
  }

  /** What the caller is to be told of a plan that was taken back. */
  errorOf(outcome: NativeOutcome, notUndone: readonly string[], signal: AbortSignal | undefined): unknown {
    const failure = outcome.results[outcome.failed - outcome.first]?.failure;
    return failure ? this.#failed(outcome.failed, failure, notUndone) : aborted(notUndone, signal);
  }

  #failed(index: number, failure: NativeFailure, notUndone: readonly string[]): NetlinkError {
    const step = this.#stepAt(index);
    const place = this.placeOf(index);
    const request = step?.op === 'firewall' ? step.requests[failure.request] : undefined;
    const object = request
      ? `request ${String(failure.request)}, ${request.family}.${request.verb}`
      : place.object;
    return NetlinkError.of({ ...failure, path: publicPath(failure.path) }, { ...place, object }, notUndone);
  }

  #slotOf(label: string): NativeSlot {
    const netns = own(this.#places.namespaces, label);
    return { ...(netns && { netns: handleOf(netns) }), ...own(this.#places.sockets, label) };
  }

  #startOf(index: number): number {
    return this.#starts.findLast((start) => start <= index) ?? 0;
  }

  #partOf(index: number): Part {
    return this.#parts[this.#starts.lastIndexOf(this.#startOf(index))] ?? partOf([]);
  }

  #stepAt(index: number): Step | undefined {
    return this.#partOf(index).stepAt(index - this.#startOf(index));
  }

  #noteStep(step: Step, index: number, result: NativeResult): void {
    const { namespaces, replies, sockets, previous } = this.#result;
    if (result.netns && (step.op === 'netns.create' || step.op === 'netns.open')) {
      const source = { ...result.netns, name: nameOf(step), owned: step.op === 'netns.create' };
      namespaces[step.netns] = new NetworkNamespace(source);
    }
    if (result.socket && step.op === 'socket') sockets[step.label] = result.socket;
    if (result.previous !== undefined) previous[index] = result.previous;
    replies.push(result.reply && presented(step, result.reply));
    this.#irreversible.push(...this.#irreversibleLine(step, index));
  }

  #irreversibleLine(step: Step, index: number): string[] {
    return isIrreversible(step) ? [irreversibleText(placeOfStep(step, index))] : [];
  }
}

function stepsIn(compiled: CompiledPart): number {
  return 'steps' in compiled ? compiled.steps.length : (compiled.words[0] as number);
}

function aborted(notUndone: readonly string[], signal: AbortSignal | undefined): unknown {
  if (signal?.aborted !== true) return new ClosedError('the executor of this environment');
  if (notUndone.length === 0) return signal.reason;
  const errno = os.constants.errno.ECANCELED;
  return new NetlinkError({ errno, operation: 'plan.apply', notUndone, cause: signal.reason as unknown });
}

function nameOf(step: Step & { op: 'netns.create' | 'netns.open' }): string | undefined {
  if (step.op === 'netns.create') return step.name;
  return path.dirname(step.path) === NETNS_DIRECTORY ? path.basename(step.path) : undefined;
}

function presented(step: Step, reply: Uint8Array): object[] | undefined {
  if (!isRequestStep(step)) return undefined;
  const { family } = requestOf(step.op, step.body);
  return objectsOf(family, reply);
}
