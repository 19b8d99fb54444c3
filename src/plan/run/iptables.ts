import { NetlinkError } from '../../errors/errors';
import { missingTables, removeEmptyTables } from '../../firewall/iptables/empty-tables';
import { restore } from '../../firewall/iptables/run';
import type { NetworkNamespace } from '../../netns/namespace';
import type { PlanSpec } from '../spec/spec';
import type { IptablesStep, Step } from '../spec/step';

/** A step that was carried out. */
interface Done {
  readonly step: IptablesStep;
  /** The tables that were not there before, and that iptables on nf_tables leaves behind. */
  readonly tables: readonly string[];
}

/**
 * Carries out the iptables steps of a plan, ahead of the rest: they stand in namespaces that are given, and need nothing
 * that another step makes. A failure leaves nothing. Returns what takes them back, and tells then what could not be.
 */
export async function applyIptables(spec: Required<PlanSpec>): Promise<() => Promise<string[]>> {
  const done: Done[] = [];
  for (const [index, step] of spec.steps.entries()) {
    if (!isIptables(step)) continue;
    const tables = await missingTables(netnsOf(spec, step), step);
    try {
      await carryOut(spec, step, step.input);
    } catch (error) {
      // The tool commits table by table. The inverse goes the same way, and fails where the step had failed.
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

// The plan was compiled: every label of these steps is a given namespace's.
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
