import os from 'node:os';
import path from 'node:path';
import { decodeReply } from '../codec/decode';
import { ClosedError, NetlinkError, type ErrorPlace } from '../errors';
import { discard, publicPath } from '../executor';
import type {
  NativeFailure,
  NativeOutcome,
  NativePart,
  NativeSlot,
  NativeStep,
  SocketHandle,
} from '../native';
import { handleOf, wrap } from '../netns/handle';
import { NETNS_DIRECTORY } from '../netns/name';
import type { NetworkNamespace } from '../netns/namespace';
import { hooksOf } from '../rtnl/families';
import type { Body } from '../rtnl/families/hooks';
import { Compiler, placeOfStep, requestOf } from './compile';
import type { PlanResult, PlanSpec } from './plan';
import { isRequestStep, type Step } from './step';
import { isIrreversible } from './undo';

/** What a plan works on, whatever its steps are. */
export type PlanPlaces = Required<Omit<PlanSpec, 'steps'>>;

/** A part of a plan: a pure function, which is called again only to say what failed. */
export type StepPart = () => readonly Step[];

/** One plan on its way through the executor, in the words of its steps. */
export class Course {
  readonly #places: PlanPlaces;
  readonly #parts: readonly StepPart[];
  readonly #compiler: Compiler;
  /** The number of the first step of each part that was compiled. */
  readonly #starts: number[] = [];
  #steps = 0;
  /** The parts that are not done yet, by the number of their first step. */
  readonly #underWay = new Map<number, readonly Step[]>();
  readonly #outcomes: NativeOutcome[] = [];
  readonly #irreversible: string[] = [];
  readonly #result = {
    namespaces: {} as Record<string, NetworkNamespace>,
    replies: [] as (readonly object[] | undefined)[],
    sockets: {} as Record<string, SocketHandle>,
    previous: {} as Record<number, string>,
  };

  constructor(places: PlanPlaces, parts: readonly StepPart[]) {
    this.#places = places;
    this.#parts = parts;
    this.#compiler = new Compiler(Object.keys(places.namespaces));
  }

  /** Compiles the next part; `closing` are steps of the executor's own behind it. */
  next(closing: readonly NativeStep[] = []): NativePart {
    const steps = this.#parts[this.#starts.length]?.() ?? [];
    const compiled = this.#compiler.compile(steps);
    this.#starts.push(this.#steps);
    this.#underWay.set(this.#steps, steps);
    this.#steps += steps.length;
    return {
      slots: compiled.labels.map((label) => this.#slotOf(label)),
      steps: [...compiled.steps, ...closing],
      more: this.#starts.length < this.#parts.length,
    };
  }

  /** Takes note of what a part came to that was done. */
  note(outcome: NativeOutcome): void {
    this.#outcomes.push(outcome);
    const steps = this.#partAt(outcome.first);
    steps.forEach((step, index) => {
      this.#noteStep(step, outcome.first + index, outcome.results[index]);
    });
    this.#underWay.delete(outcome.first);
  }

  /** Once the last part was noted. */
  get result(): PlanResult {
    return this.#result;
  }

  /** What errors say of a step. */
  readonly placeOf = (index: number): ErrorPlace => {
    const step = this.#partAt(index)[index - this.#startOf(index)];
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
    const last = this.#partAt(outcome.first).flatMap((step, index) =>
      outcome.results[index]?.done === true ? this.#irreversibleLine(step, outcome.first + index) : [],
    );
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
    const step = this.#partAt(index)[index - this.#startOf(index)];
    const place = this.placeOf(index);
    const request = step?.op === 'firewall' ? step.requests[failure.request] : undefined;
    const object = request
      ? `request ${String(failure.request)}, ${request.family}.${request.verb}`
      : place.object;
    return NetlinkError.of({ ...failure, path: publicPath(failure.path) }, { ...place, object }, notUndone);
  }

  #slotOf(label: string): NativeSlot {
    const netns = this.#places.namespaces[label];
    return { ...(netns && { netns: handleOf(netns) }), ...this.#places.sockets[label] };
  }

  #startOf(index: number): number {
    return this.#starts.findLast((start) => start <= index) ?? 0;
  }

  #partAt(index: number): readonly Step[] {
    const start = this.#startOf(index);
    return this.#underWay.get(start) ?? this.#parts[this.#starts.lastIndexOf(start)]?.() ?? [];
  }

  #noteStep(step: Step, index: number, result: NativeOutcome['results'][number] | undefined): void {
    const { namespaces, replies, sockets, previous } = this.#result;
    if (result?.netns && (step.op === 'netns.create' || step.op === 'netns.open')) {
      namespaces[step.netns] = wrap(result.netns, { name: nameOf(step), owned: step.op === 'netns.create' });
    }
    if (result?.socket && step.op === 'socket') sockets[step.label] = result.socket;
    if (result?.previous !== undefined) previous[index] = result.previous;
    replies.push(result?.reply && presented(step, result.reply));
    this.#irreversible.push(...this.#irreversibleLine(step, index));
  }

  #irreversibleLine(step: Step, index: number): string[] {
    if (!isIrreversible(step)) return [];
    const { operation, object, netns } = placeOfStep(step, index);
    const what = object ? `${operation} ${object}` : operation;
    return [
      `step ${String(index)} (${netns === undefined ? what : `${what} in '${netns}'`}) cannot be undone`,
    ];
  }
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
  return decodeReply(family, reply).map((object) => hooksOf(family).present?.(object as Body) ?? object);
}
