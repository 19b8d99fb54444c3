import { ValidationError, type ErrorPlace } from '../../errors/errors';
import { requestOps, type RequestOp } from '../../rtnl/operations';
import type { Step } from '../spec/step';
import { firewall } from './firewall';
import type { OutsideRun, StepHandler } from './handler';
import { iptables } from './iptables';
import { netnsCreate } from './netns-create';
import { netnsDelete } from './netns-delete';
import { netnsOpen } from './netns-open';
import { ovsBridge } from './ovs-bridge';
import { ovsPorts } from './ovs-ports';
import { request } from './request';
import { socket } from './socket';
import { sysctl } from './sysctl';

/** The handler of each operation. Steps that JavaScript runs are run in this order. */
const handlers = {
  'netns.create': netnsCreate,
  'netns.open': netnsOpen,
  'netns.delete': netnsDelete,
  firewall,
  iptables,
  'ovs.bridge': ovsBridge,
  'ovs.ports': ovsPorts,
  sysctl,
  socket,
} satisfies { [O in Exclude<Step['op'], RequestOp>]: StepHandler<Extract<Step, { op: O }>> };

/** How JavaScript runs the steps that the executor does not, in the order in which it runs them. */
export const outsideRuns: readonly OutsideRun[] = Object.values<StepHandler>(handlers).flatMap(
  ({ outside }) => outside ?? [],
);

const byOperation = new Map<string, StepHandler>([
  ...requestOps.map((op) => [op, request] as const),
  ...Object.entries<StepHandler>(handlers),
]);

/** The handler of a step. Throws a ValidationError for an unknown operation. */
export function handlerOf(step: Step): StepHandler {
  const handler = isStep(step) ? byOperation.get(step.op) : undefined;
  if (handler !== undefined) return handler;
  if (!isStep(step)) {
    const problem = "must be an object with an operation, such as { op: 'link.add' }";
    throw new ValidationError({ path: '', value: step, problem });
  }
  const problem = "must be a step's operation, such as 'link.add', 'netns.create' or 'sysctl'";
  throw new ValidationError({ path: 'op', value: step.op, problem });
}

function isStep(step: unknown): step is Step {
  return (
    typeof step === 'object' && step !== null && typeof (step as { readonly op?: unknown }).op === 'string'
  );
}

/** Undefined for a step that the executor runs. */
export function outsideRunOf({ op }: Step): OutsideRun | undefined {
  return byOperation.get(op)?.outside;
}

/** The place that errors name for a step. */
export function placeOfStep(step: Step, index: number): ErrorPlace {
  if (!isStep(step)) return { operation: 'plan', step: index };
  const netns = 'netns' in step ? step.netns : undefined;
  return { operation: step.op, ...byOperation.get(step.op)?.describe?.(step), step: index, netns };
}

/** Whether the step cannot be undone. */
export function isIrreversible(step: Step): boolean {
  return handlerOf(step).irreversible?.(step) ?? false;
}

/** Whether the step remains when the rest of its plan is undone, because it cannot be undone or is not to be. */
export function remains(step: Step): boolean {
  return isIrreversible(step) || (handlerOf(step).leavesUndone?.(step) ?? false);
}
