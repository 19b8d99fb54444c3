import { familyNamed, type FamilyName } from '../../rtnl/families';
import type { Body } from '../../rtnl/types/common/body';
import { checkOperation } from '../spec/check-operation';
import { isRequestStep, type RequestStep, type Step } from '../spec/step';
import { firewall } from './firewall';
import { iptables } from './iptables';
import { linkExtras, linkSettings } from '../../rtnl/commands/link';
import { ovsBridge, ovsPorts } from './openvswitch';
import type { NameOf, RequestPrinter } from '../../rtnl/commands/printer';
import { command, remark } from '../../rtnl/commands/words';

/**
 * The shell commands for a plan, one step after the other. Commands refer to namespaces by name, so a namespace without
 * a name is called by its label.
 */
export function explainShell(
  steps: readonly Step[],
  given: Readonly<Record<string, string | undefined>>,
): string {
  const names = new Map(Object.entries(given).map(([label, name]) => [label, name ?? label]));
  const nameOf: NameOf = (label) => names.get(label) ?? label;
  const lines = steps.flatMap((step) => {
    if (step.op === 'netns.create' && step.name !== undefined) names.set(step.netns, step.name);
    if (step.op === 'netns.open') names.set(step.netns, nameOfPath(step.path) ?? step.netns);
    return explainStep(step, nameOf);
  });
  const notes = Object.entries(given).flatMap(([label, name]) =>
    name === undefined
      ? [remark(`${label}: a given namespace, which no name under /run/netns leads to.`)]
      : [],
  );
  return [...notes, ...lines].map((line) => `${line}\n`).join('');
}

function explainStep(step: Step, nameOf: NameOf): string[] {
  if (isRequestStep(step))
    return [explainRequest(step, nameOf), ...explainExtras(step, nameOf), ...explainSettings(step, nameOf)];
  switch (step.op) {
    case 'netns.create':
      return [command('ip', 'netns', 'add', nameOf(step.netns))];
    case 'netns.open':
      return explainOpen(step.path, nameOf(step.netns));
    case 'netns.delete':
      return [command('ip', 'netns', 'delete', step.name)];
    case 'firewall':
      return [firewall(step.requests, nameOf(step.netns))];
    case 'iptables':
      return [iptables(step, nameOf(step.netns))];
    case 'ovs.bridge':
      return [ovsBridge(step)];
    case 'ovs.ports':
      return [ovsPorts(step)];
    case 'sysctl':
      return [explainSetting(nameOf(step.netns), `${step.path}=${step.value}`)];
    case 'socket':
      return [remark(`A ${step.protocol} socket in ${nameOf(step.netns)} stays open: no command keeps one.`)];
  }
}

function explainRequest(step: RequestStep, nameOf: NameOf): string {
  checkOperation(step.op);
  const [family = '', verb = ''] = step.op.split('.');
  const { tool, words } = (familyNamed(family as FamilyName).command as RequestPrinter)(
    verb,
    step.body as Body,
    nameOf,
  );
  const netns = nameOf(step.netns);
  // ethtool has no option for a namespace.
  if (tool === 'ethtool') return command('ip', 'netns', 'exec', netns, tool, ...words);
  return command(tool, '-n', netns, ...words);
}

// If the tool does not know the word, only a limit is missing: the script continues.
function explainExtras({ op, netns, body }: RequestStep, nameOf: NameOf): string[] {
  const extras = op === 'link.add' || op === 'link.set' ? linkExtras(body as Body) : [];
  return extras.flatMap((words) => [
    remark('iproute2 before 6.7 does not know this option, and the kernel has it since 6.7.'),
    `${command('ip', '-n', nameOf(netns), ...words)} 2>/dev/null || true`,
  ]);
}

function explainSettings({ op, netns, body }: RequestStep, nameOf: NameOf): string[] {
  const settings = op.startsWith('link.') ? linkSettings(body as Body) : [];
  return settings.map((setting) => explainSetting(nameOf(netns), setting));
}

function explainSetting(netns: string, setting: string): string {
  return command('ip', 'netns', 'exec', netns, 'sysctl', '-qw', setting);
}

function explainOpen(path: string, name: string): string[] {
  if (nameOfPath(path) !== undefined) return [];
  const pid = /^\/proc\/(\d+)\/ns\/net$/.exec(path)?.[1];
  if (pid !== undefined) return [command('ip', 'netns', 'attach', name, pid)];
  const file = `/run/netns/${name}`;
  return [`${command('touch', file)} && ${command('mount', '--bind', path, file)}`];
}

function nameOfPath(path: string): string | undefined {
  return /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(path)?.[1];
}
