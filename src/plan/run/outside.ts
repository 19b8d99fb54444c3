import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { irreversibleText } from '../../rtnl/undo';
import type { ConfirmOptions, PlanSpec } from '../spec/spec';
import type { Step } from '../spec/step';
import type { OutsideRun } from '../handlers/handler';
import { isIrreversible, outsideRunOf, outsideRuns, placeOfStep } from '../handlers/handlers';
import type { PlanTrace } from './plan-trace';

type Undo = () => Promise<unknown>;

/** A step that JavaScript runs. */
interface Outside {
  readonly step: Step & { readonly netns: string };
  readonly index: number;
  readonly how: OutsideRun;
}

/** The steps of a plan that JavaScript runs: some before those of the executor, some after them. */
export class OutsideSteps {
  readonly #namespaces: Readonly<Record<string, NetworkNamespace>>;
  readonly #before: readonly Outside[];
  readonly #after: readonly Outside[];
  readonly #undo: (Pick<Outside, 'step' | 'index'> & { readonly undo: Undo })[] = [];
  readonly #trace: PlanTrace | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor({ steps, namespaces }: Required<PlanSpec>, trace?: PlanTrace) {
    this.#trace = trace;
    this.#namespaces = namespaces;
    const all = outsideSteps(steps);
    this.#before = all.filter(({ how }) => how.when === 'before');
    this.#after = all.filter(({ how }) => how.when === 'after');
  }

  /** The number of the first step; undefined without any. */
  get first(): number | undefined {
    const indexes = [...this.#before, ...this.#after].map(({ index }) => index);
    return indexes.length === 0 ? undefined : Math.min(...indexes);
  }

  /** Runs the steps that come before the executor's. A failure undoes them. */
  async begin(): Promise<void> {
    for (const one of this.#before) {
      await this.#run(one).catch(async (error: unknown) => {
        throw withLeft(error, one, await this.undo());
      });
    }
  }

  /** A confirmation that runs the remaining steps, while the executor can still undo its own. Undefined without any. */
  get confirmation(): Required<ConfirmOptions> | undefined {
    if (this.#after.length === 0) return undefined;
    const times = this.#after.map(({ step, how }) => how.deadlineMs?.(step) ?? 0);
    const confirm = (): Promise<boolean> => {
      this.#running = this.#finish();
      return this.#running.then(() => true);
    };
    // Twice the time: a failure is undone within the same period.
    return { confirm, timeoutMs: 2 * times.reduce((sum, time) => sum + time, 0) };
  }

  /**
   * Undoes all that was done, the last step first, including steps that ran after the executor had given up. Returns one
   * line for each that could not be undone.
   */
  async undo(): Promise<string[]> {
    await this.#running.catch(() => undefined);
    const left: string[] = [];
    for (const { step, index, undo } of this.#undo.splice(0).reverse()) {
      try {
        await undo();
        this.#trace?.outside(step, index, 'undone');
      } catch (error) {
        this.#trace?.outside(step, index, 'not undone', error);
        left.push(error instanceof Error ? error.message : String(error));
      }
    }
    return left;
  }

  async #finish(): Promise<void> {
    for (const one of this.#after) await this.#run(one);
  }

  async #run({ step, index, how }: Outside): Promise<void> {
    // The plan has been compiled: every label of these steps belongs to a given namespace.
    const namespace = this.#namespaces[step.netns] as NetworkNamespace;
    const refused = (): Promise<never> =>
      Promise.reject(new Error(irreversibleText(placeOfStep(step, index))));
    const onUndo = (undo: Undo): void =>
      void this.#undo.push({ step, index, undo: isIrreversible(step) ? refused : undo });
    try {
      await how.run(step, { index, namespace, onUndo });
      this.#trace?.outside(step, index, 'done');
    } catch (error) {
      this.#trace?.outside(step, index, 'failed', error);
      throw error;
    }
  }
}

/** Ordered by operation, as the list of handlers is. */
function outsideSteps(steps: readonly Step[]): Outside[] {
  const found: Outside[] = [];
  for (const [index, step] of steps.entries()) {
    const how = outsideRunOf(step);
    if (how !== undefined && 'netns' in step) found.push({ step, index, how });
  }
  return found.sort((one, other) => outsideRuns.indexOf(one.how) - outsideRuns.indexOf(other.how));
}

function withLeft(error: unknown, { step, index }: Outside, notUndone: readonly string[]): unknown {
  if (!(error instanceof NetlinkError) || notUndone.length === 0) return error;
  const { errno, object, message } = error;
  const place = { ...placeOfStep(step, index), object };
  return new NetlinkError({ ...place, errno, detail: message, notUndone, cause: error });
}
