import { describeErrno } from '../../errors/errno';
import { NetlinkError } from '../../errors/errors';
import type { NativeOutcome } from '../../native/program';
import { now, planChannel, stepChannel } from '../../trace/channels';
import type { TracedStep } from '../../trace/events';
import type { Step } from '../spec/step';
import { outsideRunOf, placeOfStep, remains } from '../handlers/handlers';

let plans = 0;

/** Publishes the beginning and the end of one plan, and the results of its steps. */
export class PlanTrace {
  readonly plan = ++plans;
  readonly #begin = now();
  readonly #done: { readonly step: Step; readonly index: number }[] = [];
  #steps = 0;

  constructor() {
    planChannel.publish({ time: this.#begin, plan: this.plan, event: 'begin' });
  }

  /** Publishes the end of the plan whose run `work` is. */
  async follow<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      planChannel.publish({ ...this.#end(), event: 'done' });
      return result;
    } catch (error) {
      planChannel.publish({ ...this.#end(), event: 'undone', error });
      throw error;
    }
  }

  /** The result of a step that JavaScript runs. `error`: why it failed, or could not be undone. */
  outside(step: Step, index: number, result: TracedStep['result'], error?: unknown): void {
    if (result === 'done') this.#steps++;
    this.#publish(step, index, result, error instanceof NetlinkError ? error.code : undefined);
  }

  /** The executor reported these results. Those of steps that JavaScript runs are placeholders' results. */
  steps(
    { first, results, notUndone, last, failed, aborted }: NativeOutcome,
    stepAt: (index: number) => Step | undefined,
  ): void {
    for (const [index, { done, failure }] of results.entries()) {
      const step = stepAt(first + index);
      if (step === undefined || outsideRunOf(step) !== undefined) continue;
      if (done) {
        this.#done.push({ step, index: first + index });
        this.#steps++;
        this.#publish(step, first + index, 'done');
      } else if (failure && failure.call !== 'abort')
        this.#publish(step, first + index, 'failed', describeErrno(failure.errno).code);
    }
    if (!last || (failed < 0 && !aborted)) return;
    const codes = new Map(notUndone.map(({ step, failure }) => [step, describeErrno(failure.errno).code]));
    for (const { step, index } of [...this.#done].reverse()) {
      const code = codes.get(index);
      this.#publish(step, index, code !== undefined || remains(step) ? 'not undone' : 'undone', code);
    }
  }

  #publish(step: Step, index: number, result: TracedStep['result'], code?: string): void {
    if (!stepChannel.hasSubscribers) return;
    const { operation, object, netns } = placeOfStep(step, index);
    stepChannel.publish({
      time: now(),
      plan: this.plan,
      step: index,
      op: operation,
      netns,
      object,
      result,
      code,
    });
  }

  #end(): { time: number; plan: number; steps: number; durationMs: number } {
    const time = now();
    return { time, plan: this.plan, steps: this.#steps, durationMs: time - this.#begin };
  }
}
