import { RESTORE_OPTIONS, toolOf } from '../../firewall/iptables/flavour';
import type { IptablesStep } from '../spec/step';
import { command } from '../../rtnl/commands/words';

/** One run of iptables-restore, with its input unchanged. */
export function iptables({ flavour, family, input }: IptablesStep, netns: string): string {
  const tool = toolOf(flavour, family, 'restore');
  const line = command('ip', 'netns', 'exec', netns, tool, ...RESTORE_OPTIONS);
  return `${line} <<'END'\n${input}END`;
}
