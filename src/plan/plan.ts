import { Compiler } from './compile/compile';
import { explainShell } from './explain-shell';
import { apply } from './run/apply';
import { checkBodies } from '../executor/run-program';
import { checkFormat, checkPlaces, checkPlan, checkRun } from './spec/check-plan';
import { explainJson, plainSteps } from './explain/json';
import type { NetworkNamespace } from '../netns/namespace';
import type { PlanOptions, PlanResult, PlanSockets, PlanSpec } from './spec/spec';
import type { Step } from './spec/step';
import { placeOfStep } from './handlers/handlers';

/**
 * A list of steps that runs completely or not at all: a failure or an abort undoes all steps already done. Plans are
 * plain data until {@link Plan.apply}.
 */
export class Plan {
  readonly steps: readonly Step[];
  readonly namespaces: Readonly<Record<string, NetworkNamespace>>;
  readonly #sockets: Readonly<Record<string, PlanSockets>>;

  constructor(spec: PlanSpec) {
    checkPlan(spec);
    this.steps = spec.steps;
    this.namespaces = spec.namespaces ?? {};
    this.#sockets = spec.sockets ?? {};
  }

  /**
   * The plan as `ip`, `nft` and `sysctl` commands, or as JSON: `new Plan({ steps: JSON.parse(json), namespaces })` is
   * the same plan again. The shell form throws a ValidationError for a step that `apply()` would reject.
   */
  explain(format: 'shell' | 'json' = 'shell'): string {
    checkFormat(format);
    if (format === 'json') return explainJson(this.steps);
    const { steps } = new Compiler(Object.keys(this.namespaces)).compile(this.steps);
    checkBodies(steps, (index) => placeOfStep(this.steps[index] as Step, index));
    const given = Object.entries(this.namespaces).map(([label, netns]) => [label, netns.name] as const);
    return explainShell(this.steps, Object.fromEntries(given));
  }

  /** For JSON.stringify(): the steps as {@link explain} gives them as JSON. */
  toJSON(): unknown {
    return plainSteps(this.steps);
  }

  /**
   * Runs the plan. Rejects with ValidationError before any system call if a step is invalid; with NetlinkError naming
   * the step if the kernel refused it, after everything was undone; with `signal.reason` after an abort. With `confirm`
   * also with NetlinkError ETIMEDOUT or ECANCELED, or the rejection of `confirm`, after everything was undone.
   */
  async apply(options: PlanOptions = {}): Promise<PlanResult> {
    const checked = checkRun(options);
    checkPlaces(this.namespaces);
    return apply({ steps: this.steps, namespaces: this.namespaces, sockets: this.#sockets }, checked);
  }
}
