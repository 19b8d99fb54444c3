import { ValidationError } from '../../errors/errors';
import type { NativeStep } from '../../native/program';
import type { NamespaceResolver } from '../../rtnl/request';
import type { Step } from '../spec/step';
import { checkFields } from '../handlers/fields';
import type { Labels } from '../handlers/handler';
import { handlerOf, placeOfStep } from '../handlers/handlers';

/** The executor's form of a chunk of a plan. Steps correspond one to one. */
export interface Compiled {
  /** The label of each slot that this chunk adds; the first chunk adds the given ones as well. */
  readonly labels: readonly string[];
  readonly steps: readonly NativeStep[];
}

/** Compiles a plan, chunk by chunk. Pure: makes no system call and needs no addon. */
export class Compiler {
  readonly #labels: LabelledSlots;
  #slots = 0;
  #steps = 0;

  /** `given` are the labels of namespaces that exist. */
  constructor(given: readonly string[]) {
    this.#labels = new LabelledSlots(given);
  }

  /** Compiles the next chunk. Throws a ValidationError that names the step by its number in the plan. */
  compile(chunk: readonly Step[]): Compiled {
    const steps = chunk.map((step) => compileAt(step, this.#steps++, this.#labels));
    return { labels: this.takeLabels(), steps };
  }

  /** Counts steps that are compiled elsewhere; `label` is that of the namespace that they create, if any. */
  note(steps: number, label?: string): void {
    this.#steps += steps;
    if (label !== undefined) this.#labels.add(label);
  }

  slotOf(label: string): number {
    return this.#labels.slot(label);
  }

  /** The labels of the slots that were added since the last call; at first with the given ones. */
  takeLabels(): readonly string[] {
    const labels = this.#labels.names.slice(this.#slots);
    this.#slots += labels.length;
    return labels;
  }
}

function compileAt(step: Step, index: number, labels: Labels): NativeStep {
  try {
    const handler = handlerOf(step);
    checkFields(step, handler.fields);
    return handler.compile(step, labels);
  } catch (error) {
    throw error instanceof ValidationError ? error.at(placeOfStep(step, index)) : error;
  }
}

/** The namespaces of a plan by label, in the order of their slots. */
class LabelledSlots implements Labels {
  readonly names: string[];
  readonly #given: number;
  readonly #slots = new Map<string, number>();

  constructor(given: readonly string[]) {
    this.names = [...given];
    this.#given = given.length;
    given.forEach((label, slot) => this.#slots.set(label, slot));
  }

  add(label: string): number {
    if (this.#slots.has(label)) {
      const problem = 'is the label of another namespace already: choose another label';
      throw new ValidationError({ path: 'netns', value: label, problem });
    }
    const slot = this.names.push(label) - 1;
    this.#slots.set(label, slot);
    return slot;
  }

  slot(label: unknown, path = 'netns'): number {
    const slot = this.#slots.get(label as string);
    if (slot !== undefined) return slot;
    const known = this.names.length > 0 ? this.names.join(', ') : 'none yet';
    const problem = `must be the label of a given namespace or of one that an earlier step creates (${known})`;
    throw new ValidationError({ path, value: label, problem });
  }

  given(label: string): number {
    const slot = this.slot(label);
    if (slot < this.#given) return slot;
    const problem =
      'must be the label of a given namespace, because this step runs before or after all others';
    throw new ValidationError({ path: 'netns', value: label, problem });
  }

  readonly resolve: NamespaceResolver = (reference, path) => this.slot(reference, path);
}
