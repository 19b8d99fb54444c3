import { familyNamed, type FamilyName } from '../../rtnl/families';
import { linkExtras, linkSettings } from '../../rtnl/commands/link';
import type { RequestPrinter } from '../../rtnl/commands/printer';
import { command, remark } from '../../rtnl/commands/words';
import { requestOf } from '../../rtnl/operations';
import { placeOf } from '../../rtnl/request';
import { objectsOf } from '../../rtnl/result';
import type { Body } from '../../rtnl/types/common/body';
import { isIrreversibleRequest } from '../../rtnl/undo';
import { undoableStep } from '../../rtnl/undoable-step';
import { sysctlCommand } from '../explain/sysctl';
import type { RequestStep } from '../spec/step';
import type { ShellNames, StepHandler } from './handler';

/** The requests of rtnetlink: 'link.add', 'route.replace'. */
export const request: StepHandler<RequestStep> = {
  fields: { netns: 'any', body: 'any', undo: 'any', echo: 'boolean?' },
  compile: (step, labels) =>
    undoableStep(step, { slot: labels.slot(step.netns), netns: step.netns }, labels.resolve, step.echo),
  explain: (step, names) => [
    requestCommand(step, names),
    ...extraCommands(step, names),
    ...settingCommands(step, names),
  ],
  describe({ op, body }) {
    const { object, hint } = placeOf(requestOf(op, body));
    return { object, hint };
  },
  irreversible: isIrreversibleRequest,
  leavesUndone: ({ undo }) => undo === 'none',
  reply: ({ op, body }, messages) => objectsOf(requestOf(op, body).family, messages),
  keepsResult: ({ echo }) => echo === true,
};

function requestCommand(step: RequestStep, names: ShellNames): string {
  const [family, verb] = step.op.split('.') as [FamilyName, string];
  const print = familyNamed(family).command as RequestPrinter;
  const { tool, words } = print(verb, step.body as Body, (label) => names.of(label));
  const netns = names.of(step.netns);
  // ethtool has no option for a namespace.
  if (tool === 'ethtool') return command('ip', 'netns', 'exec', netns, tool, ...words);
  return command(tool, '-n', netns, ...words);
}

// If the tool does not know the word, only a limit is missing: the script continues.
function extraCommands({ op, netns, body }: RequestStep, names: ShellNames): string[] {
  const extras = op === 'link.add' || op === 'link.set' ? linkExtras(body as Body) : [];
  return extras.flatMap((words) => [
    remark('This option needs iproute2 6.7 and Linux 6.7 or later.'),
    `${command('ip', '-n', names.of(netns), ...words)} 2>/dev/null || true`,
  ]);
}

function settingCommands({ op, netns, body }: RequestStep, names: ShellNames): string[] {
  const settings = op.startsWith('link.') ? linkSettings(body as Body) : [];
  return settings.map((setting) => sysctlCommand(names.of(netns), setting));
}
