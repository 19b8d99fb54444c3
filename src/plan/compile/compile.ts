import { ValidationError, type ErrorPlace } from '../../errors/errors';
import { checkPlainRequests } from '../../firewall/nft/check-requests';
import type { NativeStep } from '../../native/program';
import { checkName, namePath } from '../../nsfs/name';
import { isRequestOp, requestOf } from '../../rtnl/operations';
import { placeOf, type NamespaceResolver } from '../../rtnl/request';
import { undoableStep } from '../../rtnl/undoable-step';
import { checkOperation } from '../spec/check-operation';
import { checkStep, isStep } from '../spec/check-step';
import { isRequestStep, type Step } from '../spec/step';

/** The executor's form of a chunk of a plan. Steps correspond one to one. */
export interface Compiled {
  /** The label of each slot that this chunk adds; the first chunk adds the given ones as well. */
  readonly labels: readonly string[];
  readonly steps: readonly NativeStep[];
}

/** Compiles a plan, chunk by chunk. Pure: makes no system call and needs no addon. */
export class Compiler {
  readonly #labels: Labels;
  #slots = 0;
  #steps = 0;

  /** `given` are the labels of namespaces that exist. */
  constructor(given: readonly string[]) {
    this.#labels = new Labels(given);
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

/** The place that errors name for a step. */
export function placeOfStep(step: Step, index: number): ErrorPlace {
  if (!isStep(step)) return { operation: 'plan', step: index };
  const netns = 'netns' in step ? step.netns : undefined;
  return { operation: step.op, ...objectOf(step), step: index, netns };
}

function objectOf(step: Step): Pick<ErrorPlace, 'object' | 'hint'> {
  if (isRequestStep(step) && isRequestOp(step.op)) {
    const { object, hint } = placeOf(requestOf(step.op, step.body));
    return { object, hint };
  }
  if (step.op === 'sysctl') return { object: `${step.path}=${step.value}` };
  if (step.op === 'ovs.bridge' || step.op === 'ovs.ports') return { object: step.bridge };
  return { object: 'name' in step ? step.name : undefined };
}

function compileAt(step: Step, index: number, labels: Labels): NativeStep {
  try {
    checkStep(step);
    return compileStep(step, labels);
  } catch (error) {
    throw error instanceof ValidationError ? error.at(placeOfStep(step, index)) : error;
  }
}

function compileStep(step: Step, labels: Labels): NativeStep {
  switch (step.op) {
    case 'netns.create': {
      if (step.name !== undefined) checkName(step.name, step.op);
      const pin = step.name === undefined ? {} : { path: namePath(step.name) };
      return { op: 'create', slot: labels.add(step.netns), ...pin };
    }
    case 'netns.open':
      return { op: 'open', slot: labels.add(step.netns), path: step.path };
    case 'netns.delete':
      checkName(step.name, step.op);
      return { op: 'unpin', path: namePath(step.name) };
    case 'firewall': {
      const { requests, inverse } = step;
      checkPlainRequests(requests, 'requests');
      if (inverse !== undefined) checkPlainRequests(inverse, 'inverse');
      return { op: 'transaction', slot: labels.slot(step.netns), requests, ...(inverse ? { inverse } : {}) };
    }
    case 'iptables':
    case 'ovs.bridge':
    case 'ovs.ports':
      // JavaScript runs these steps. An empty transaction takes the place, so that the steps keep their numbers.
      return { op: 'transaction', slot: labels.given(step.netns), requests: [] };
    case 'sysctl':
      checkSysctl(step.path);
      return { op: 'sysctl', slot: labels.slot(step.netns), path: step.path, value: step.value };
    case 'socket':
      checkProtocol(step.protocol);
      return { op: 'socket', slot: labels.slot(step.netns), protocol: step.protocol };
    default:
      checkOperation(step.op);
      return undoableStep(
        step,
        { slot: labels.slot(step.netns), netns: step.netns },
        labels.resolve,
        step.echo,
      );
  }
}

function checkProtocol(protocol: unknown): void {
  if (protocol === 'route' || protocol === 'netfilter') return;
  throw new ValidationError({ path: 'protocol', value: protocol, problem: "must be 'route' or 'netfilter'" });
}

function checkSysctl(path: string): void {
  const parts = path.split('/');
  if (parts[0] === 'net' && parts.length > 1 && !parts.some((part) => ['', '.', '..'].includes(part))) return;
  const problem = "must be a path below /proc/sys that begins with 'net/', such as 'net/ipv4/ip_forward'";
  throw new ValidationError({ path: 'path', value: path, problem });
}

/** The namespaces of a plan by label, in the order of their slots. */
class Labels {
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
      const problem = 'labels a namespace already: choose another label';
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
    const problem = `must be the label of a given namespace or of one that an earlier step makes (${known})`;
    throw new ValidationError({ path, value: label, problem });
  }

  given(label: string): number {
    const slot = this.slot(label);
    if (slot < this.#given) return slot;
    const problem = 'must be the label of a given namespace: the step is not carried out among the others';
    throw new ValidationError({ path: 'netns', value: label, problem });
  }

  readonly resolve: NamespaceResolver = (reference, path) => this.slot(reference, path);
}
