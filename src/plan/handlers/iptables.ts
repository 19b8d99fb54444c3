import { NetlinkError } from '../../errors/errors';
import { missingTables, removeEmptyTables } from '../../firewall/iptables/empty-tables';
import { RESTORE_OPTIONS, toolOf } from '../../firewall/iptables/flavour';
import { restore } from '../../firewall/iptables/run';
import type { NetworkNamespace } from '../../netns/namespace';
import { command } from '../../rtnl/commands/words';
import type { IptablesStep } from '../spec/step';
import { type OutsideContext, placeholder, type StepHandler } from './handler';

export const iptables: StepHandler<IptablesStep> = {
  fields: { netns: 'any', flavour: 'string', family: 'string', input: 'string', inverse: 'string?' },
  compile: placeholder,
  explain({ flavour, family, input, netns }, names) {
    const tool = toolOf(flavour, family, 'restore');
    const line = command('ip', 'netns', 'exec', names.of(netns), tool, ...RESTORE_OPTIONS);
    return [`${line} <<'END'\n${input}END`];
  },
  irreversible: ({ inverse }) => inverse === undefined,
  outside: { when: 'before', run },
};

async function run(step: IptablesStep, { index, namespace, onUndo }: OutsideContext): Promise<void> {
  // iptables on nf_tables leaves behind the tables that did not exist before.
  const tables = await missingTables(namespace, step);
  try {
    await restore(namespace, step.flavour, step.family, step.input);
  } catch (error) {
    // The tool commits table by table. The inverse does so as well, and fails at the table where the step failed.
    await undo(step, namespace, tables).catch(() => undefined);
    throw located(error, step, index);
  }
  onUndo(() => undo(step, namespace, tables));
}

async function undo(
  { flavour, family, inverse = '' }: IptablesStep,
  namespace: NetworkNamespace,
  tables: readonly string[],
): Promise<void> {
  try {
    await restore(namespace, flavour, family, inverse);
  } finally {
    await removeEmptyTables(namespace, family, tables);
  }
}

function located(error: unknown, { op, netns }: IptablesStep, step: number): unknown {
  if (!(error instanceof NetlinkError)) return error;
  const { errno, object, extack } = error;
  return new NetlinkError({ operation: op, netns, step, object, errno, extack, cause: error });
}
