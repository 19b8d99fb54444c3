import os from 'node:os';
import path from 'node:path';
import { decodeReply } from '../codec/decode';
import { ClosedError, NetlinkError, ValidationError } from '../errors';
import { discard, publicPath, REQUEST_DEADLINE_MS, runProgram } from '../executor';
import type { NativeFailure, NativeOutcome, NativeSlot } from '../native';
import { handleOf, wrap } from '../netns/handle';
import { NETNS_DIRECTORY } from '../netns/name';
import type { NetworkNamespace } from '../netns/namespace';
import { hooksOf } from '../rtnl/families';
import type { Body } from '../rtnl/families/hooks';
import { applyIptables } from './iptables';
import { compile, placeOfStep, requestOf } from './compile';
import { Confirmation } from './confirmation';
import type { PlanOptions, PlanResult, PlanSpec } from './plan';
import { isRequestStep, type Step } from './step';
import { isIrreversible } from './undo';

/** Compiles the plan, runs it, and reports in the words of its steps. */
export async function apply(spec: Required<PlanSpec>, options: PlanOptions): Promise<PlanResult> {
  const { steps } = spec;
  const compiled = compile(steps, Object.keys(spec.namespaces));
  const confirmation = Confirmation.of(options, 'plan.apply');
  if (confirmation) refuseIptables(steps);
  const takeBack = await applyIptables(spec);
  const program = {
    slots: compiled.labels.map((label) => slotOf(spec, label)),
    steps: [...compiled.steps, ...(confirmation?.steps ?? [])],
    atomic: true,
    deadlineMs: REQUEST_DEADLINE_MS,
  };
  const running = runProgram(program, {
    signal: options.signal,
    place: (step) => placeAt(steps, step),
    waits: confirmation?.begin,
  });
  const outcome = await running.catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if (outcome.failed < 0 && !outcome.aborted) return resultOf(steps, outcome);
  discard(outcome.results);
  const left = [...leftovers(steps, outcome), ...(await takeBack())];
  const unconfirmed = confirmation?.errorOf(outcome.failed === steps.length, left);
  if (unconfirmed !== undefined && options.signal?.aborted !== true) throw unconfirmed;
  const failure = outcome.results[outcome.failed]?.failure;
  throw failure ? failed(steps, outcome, failure, left) : aborted(left, options.signal);
}

// Their commands are taken back by JavaScript, which may be what hangs.
function refuseIptables(steps: readonly Step[]): void {
  const step = steps.findIndex(({ op }) => op === 'iptables');
  if (step < 0) return;
  const problem = 'must not be part of a plan that waits for a confirmation: use the step "firewall"';
  throw new ValidationError({
    operation: 'plan.apply',
    path: `steps[${String(step)}]`,
    value: 'iptables',
    problem,
  });
}

function slotOf(spec: Required<PlanSpec>, label: string): NativeSlot {
  const netns = spec.namespaces[label];
  return { ...(netns && { netns: handleOf(netns) }), ...spec.sockets[label] };
}

function placeAt(steps: readonly Step[], index: number): ReturnType<typeof placeOfStep> {
  const step = steps[index];
  return step === undefined ? { operation: 'plan.apply' } : placeOfStep(step, index);
}

function failed(
  steps: readonly Step[],
  outcome: NativeOutcome,
  failure: NativeFailure,
  notUndone: readonly string[],
): NetlinkError {
  const step = steps[outcome.failed];
  const place = placeAt(steps, outcome.failed);
  const request = step?.op === 'firewall' ? step.requests[failure.request] : undefined;
  const object = request
    ? `request ${String(failure.request)}, ${request.family}.${request.verb}`
    : place.object;
  return NetlinkError.of({ ...failure, path: publicPath(failure.path) }, { ...place, object }, notUndone);
}

function aborted(notUndone: readonly string[], signal: AbortSignal | undefined): unknown {
  if (signal?.aborted !== true) return new ClosedError('the executor of this environment');
  if (notUndone.length === 0) return signal.reason;
  const errno = os.constants.errno.ECANCELED;
  return new NetlinkError({ errno, operation: 'plan.apply', notUndone, cause: signal.reason as unknown });
}

/** What a failed plan did and could not take back, one line each. */
function leftovers(steps: readonly Step[], outcome: NativeOutcome): string[] {
  const irreversible = steps.flatMap((step, index) =>
    outcome.results[index]?.done === true && isIrreversible(step)
      ? [`${lineOf(steps, index)} cannot be undone`]
      : [],
  );
  const refused = outcome.notUndone.map(
    ({ step, failure }) => NetlinkError.of(failure, placeAt(steps, step)).message,
  );
  return [...irreversible, ...refused];
}

function lineOf(steps: readonly Step[], index: number): string {
  const { operation, object, netns } = placeAt(steps, index);
  const what = object ? `${operation} ${object}` : operation;
  return `step ${String(index)} (${netns === undefined ? what : `${what} in '${netns}'`})`;
}

function resultOf(steps: readonly Step[], outcome: NativeOutcome): PlanResult {
  const namespaces: Record<string, NetworkNamespace> = {};
  const sockets: Record<string, NonNullable<NativeOutcome['results'][number]['socket']>> = {};
  const previous: Record<number, string> = {};
  const replies = steps.map((step, index) => {
    const result = outcome.results[index];
    if (result?.netns && (step.op === 'netns.create' || step.op === 'netns.open')) {
      namespaces[step.netns] = wrap(result.netns, { name: nameOf(step), owned: step.op === 'netns.create' });
    }
    if (result?.socket && step.op === 'socket') sockets[step.label] = result.socket;
    if (result?.previous !== undefined) previous[index] = result.previous;
    return result?.reply && presented(step, result.reply);
  });
  return { namespaces, sockets, previous, replies };
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
