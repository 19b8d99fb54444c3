import { NetlinkError } from '../../errors/errors';
import { missingTables, removeEmptyTables } from '../../firewall/iptables/empty-tables';
import { restore } from '../../firewall/iptables/run';
import type { NetworkNamespace } from '../../netns/namespace';
import type { PlanSpec } from '../spec/spec';
import type { IptablesStep, Step } from '../spec/step';

/** A completed step. */
interface Done {
  readonly step: IptablesStep;
  /** The tables that did not exist before, and that iptables on nf_tables leaves behind. */
  readonly tables: readonly string[];
}

/**
 * Runs the iptables steps of a plan before the rest: their namespaces are given, and they need nothing from other
 * steps. A failure undoes them. Returns a function that undoes them and reports what could not be undone.
 */
export async function applyIptables(spec: Required<PlanSpec>): Promise<() => Promise<string[]>> {
  const done: Done[] = [];
  for (const [index, step] of spec.steps.entries()) {
    if (!isIptables(step)) continue;
    const tables = await missingTables(netnsOf(spec, step), step);
    try {
      await carryOut(spec, step, step.input);
    } catch (error) {
      // The tool commits table by table. The inverse does so as well, and fails at the table where the step failed.
      await undo(spec, { step, tables }).catch(() => undefined);
      throw located(error, step, index, await takeBack(spec, done));
    }
    done.push({ step, tables });
  }
  return () => takeBack(spec, done);
}

async function takeBack(spec: Required<PlanSpec>, steps: readonly Done[]): Promise<string[]> {
  const refused: string[] = [];
  for (const one of [...steps].reverse()) {
    if (one.step.inverse === undefined) refused.push(`iptables in '${one.step.netns}' cannot be undone`);
    else
      await undo(spec, one).catch((error: unknown) => {
        refused.push(error instanceof Error ? error.message : String(error));
      });
  }
  return refused;
}

async function undo(spec: Required<PlanSpec>, { step, tables }: Done): Promise<void> {
  try {
    await carryOut(spec, step, step.inverse ?? '');
  } finally {
    await removeEmptyTables(netnsOf(spec, step), step.family, tables);
  }
}

function carryOut(spec: Required<PlanSpec>, step: IptablesStep, input: string): Promise<void> {
  return restore(netnsOf(spec, step), step.flavour, step.family, input);
}

// The plan has been compiled: every label of these steps belongs to a given namespace.
function netnsOf(spec: Required<PlanSpec>, { netns }: IptablesStep): NetworkNamespace {
  return spec.namespaces[netns] as NetworkNamespace;
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
