import { NetlinkError } from '../errors';
import { restore } from '../firewall/iptables/run';
import type { NetworkNamespace } from '../netns/namespace';
import type { PlanSpec } from './plan';
import type { IptablesStep, Step } from './step';

/**
 * Carries out the iptables steps of a plan, ahead of the rest: they stand in namespaces that are given, and need nothing
 * that another step makes. A failure leaves nothing. Returns what takes them back, and tells then what could not be.
 */
export async function applyIptables(spec: Required<PlanSpec>): Promise<() => Promise<string[]>> {
  const done: IptablesStep[] = [];
  for (const [index, step] of spec.steps.entries()) {
    if (!isIptables(step)) continue;
    try {
      await carryOut(spec, step, step.input);
    } catch (error) {
      // The tool commits table by table. The inverse goes the same way, and fails where the step had failed.
      await carryOut(spec, step, step.inverse ?? '').catch(() => undefined);
      throw located(error, step, index, await takeBack(spec, done));
    }
    done.push(step);
  }
  return () => takeBack(spec, done);
}

async function takeBack(spec: Required<PlanSpec>, steps: readonly IptablesStep[]): Promise<string[]> {
  const refused: string[] = [];
  for (const step of [...steps].reverse()) {
    if (step.inverse === undefined) refused.push(`iptables in '${step.netns}' cannot be undone`);
    else
      await carryOut(spec, step, step.inverse).catch((error: unknown) => {
        refused.push(error instanceof Error ? error.message : String(error));
      });
  }
  return refused;
}

function carryOut(spec: Required<PlanSpec>, step: IptablesStep, input: string): Promise<void> {
  // The plan was compiled: every label of these steps is a given namespace's.
  const netns = spec.namespaces[step.netns] as NetworkNamespace;
  return restore(netns, step.flavour, step.family, input);
}

function located(error: unknown, step: IptablesStep, index: number, notUndone: readonly string[]): unknown {
  if (!(error instanceof NetlinkError)) return error;
  const { errno, object, extack } = error;
  const place = { operation: step.op, object, step: index, netns: step.netns };
  return new NetlinkError({ ...place, errno, extack, notUndone, cause: error });
}

function isIptables(step: Step): step is IptablesStep {
  return step.op === 'iptables';
}
